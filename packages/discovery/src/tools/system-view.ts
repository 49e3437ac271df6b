import type { Coordination, Entry } from "@skylark/coordination";
import { type DirectoryInstance, mergedInstance } from "../consumer/directory-instance.js";
import { isName, type Layout, lastSegment, layout } from "../layout.js";
import { type ConsumerRecord, readConsumer } from "../record/consumer.js";
import { readInstance } from "../record/instance.js";
import { type InstanceOverride, readOverride } from "../record/override.js";

export interface ServiceView {
  readonly name: string;
  /** In rotation or not, sorted by address. */
  readonly instances: readonly DirectoryInstance[];
  /** Who requires it. */
  readonly consumers: readonly ConsumerRecord[];
  /** By instance id, also those whose instance is not listed. */
  readonly overrides: ReadonlyMap<string, InstanceOverride>;
  /** Keys of entries that nobody understands. */
  readonly unreadable: readonly string[];
}

/** All that a cluster's store tells of its services, as a tool shows it. */
export interface SystemView {
  readonly cluster: string;
  /** Sorted by name; also services that are only required. */
  readonly services: readonly ServiceView[];
}

/** Reads the store as it is now, service by service. Fails as the store does. */
export async function readSystem(coordination: Coordination, cluster: string): Promise<SystemView> {
  const keys = layout(cluster);
  const parents = [keys.services(), keys.consumers(), keys.overrides()];
  const found = await Promise.all(parents.map((parent) => coordination.children(parent, { fresh: true })));
  const names = [...new Set(found.flat())].filter(isName).toSorted();
  const services: ServiceView[] = [];
  for (let first = 0; first < names.length; first += servicesAtOnce) {
    const some = names.slice(first, first + servicesAtOnce);
    services.push(...(await Promise.all(some.map((name) => readService(coordination, keys, name)))));
  }
  return { cluster, services: services.filter((service) => !isEmpty(service)) };
}

/** Enough to hide the round trips, too few to flood the store. */
const servicesAtOnce = 32;

async function readService(coordination: Coordination, keys: Layout, name: string): Promise<ServiceView> {
  const parents = [keys.services(name), keys.consumers(name), keys.overrides(name)] as const;
  const [instances, consumers, overrides] = await Promise.all([
    coordination.list(parents[0]),
    coordination.list(parents[1]),
    coordination.list(parents[2]),
  ]);
  const unreadable: string[] = [];
  const readAll = <T>(entries: readonly Entry[], read: (key: string, value: unknown) => T): T[] =>
    entries.flatMap(({ key, value }) => {
      try {
        return [read(key, value)];
      } catch {
        unreadable.push(key);
        return [];
      }
    });
  const overridesById = new Map(readAll(overrides, (key, value) => [lastSegment(key), readOverride(value)] as const));
  return {
    name,
    instances: readAll(instances, (key, value) => readInstance(keys, key, value)).map((record) =>
      mergedInstance(record, overridesById.get(record.id)),
    ),
    consumers: readAll(consumers, readConsumer),
    overrides: overridesById,
    unreadable,
  };
}

/** An engine may keep the place of a service that is no more. */
function isEmpty({ instances, consumers, overrides, unreadable }: ServiceView): boolean {
  return instances.length + consumers.length + overrides.size + unreadable.length === 0;
}
