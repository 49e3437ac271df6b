import type { ConsumerRecord } from "@skylark/discovery/internal";
import type { ListedInstance } from "./listed-instance.js";

/** A process that declared that it uses a service. */
export interface ListedConsumer extends ConsumerRecord {
  /** What it uses. */
  readonly service: string;
}

/** A service as `sky services` shows it, in this very shape with `--json`. */
export interface ListedService {
  readonly name: string;
  readonly versions: readonly string[];
  readonly protocols: readonly string[];
  /** Where its instances are reached by HTTP. */
  readonly urls: readonly string[];
  readonly instances: number;
  readonly inRotation: number;
  readonly regions: readonly string[];
  readonly hosts: readonly string[];
  readonly consumers: readonly Pick<ListedConsumer, "id" | "name" | "host" | "pid">[];
}

/** The services that have instances among these, sorted by name. */
export function listedServices(
  instances: readonly ListedInstance[],
  consumers: readonly ListedConsumer[],
): readonly ListedService[] {
  return distinct(instances.map(({ service }) => service)).map((name) => {
    const own = instances.filter(({ service }) => service === name);
    return {
      name,
      versions: distinct(own.map(({ version }) => version)),
      protocols: distinct(own.map(({ protocol }) => protocol)),
      urls: distinct(own.flatMap(({ url }) => url ?? [])),
      instances: own.length,
      inRotation: own.filter(({ state }) => state === "inRotation").length,
      regions: distinct(own.map(({ region }) => region)),
      hosts: distinct(own.map(({ host }) => host)),
      consumers: consumers
        .filter(({ service }) => service === name)
        .map(({ id, name, host, pid }) => ({ id, name, host, pid })),
    };
  });
}

/** Each once, sorted as people count: 1.9 before 1.10. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
}
