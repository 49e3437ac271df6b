import { NothingFound, UsageError } from "../failure.js";
import { type ListedInstance, placeOf } from "./listed-instance.js";

/**
 * That process, to be spoken to by the native protocol. Fails UsageError where it speaks only HTTP: dialling it would end in
 * words about broken frames.
 */
export function namedNativeInstance(reference: string, instances: readonly ListedInstance[]): NamedInstance {
  const named = namedInstance(reference, instances);
  const plain = named.offers.find(({ protocol }) => protocol === "http");
  if (!plain) return named;
  throw new UsageError(`${named.id} speaks only HTTP: it is called at ${plain.url}`);
}

/** A process, and the services that it offers: at least one. */
export interface NamedInstance {
  readonly id: string;
  readonly address: string;
  readonly offers: readonly ListedInstance[];
}

/**
 * The instance that a person means: by its id, by the beginning of its id where no other begins so, or by `host:port`. A
 * name that fits none, or several, is an error that says what there is.
 */
export function namedInstance(reference: string, instances: readonly ListedInstance[]): NamedInstance {
  const [first, ...others] = byProcess(fitting(reference, instances));
  if (!first) {
    const known = instances.length === 0 ? "none is registered" : '"sky instances" lists them';
    throw new NothingFound(`no instance is called "${reference}": ${known}`);
  }
  if (others.length === 0) return first;
  const all = [first, ...others].map(({ id, address }) => `${id} (${placeOf({ address })})`);
  throw new UsageError(`"${reference}" may mean ${all.join(" or ")}: write more of the id`);
}

function fitting(reference: string, instances: readonly ListedInstance[]): readonly ListedInstance[] {
  const exact = instances.filter(({ id }) => id === reference);
  if (exact.length > 0) return exact;
  const place = placeOf({ address: reference });
  const there = instances.filter((instance) => placeOf(instance) === place);
  return there.length > 0 ? there : instances.filter(({ id }) => id.startsWith(reference));
}

function byProcess(instances: readonly ListedInstance[]): NamedInstance[] {
  const processes = new Map<string, ListedInstance[]>();
  for (const instance of instances) {
    const offers = processes.get(instance.id);
    if (offers) offers.push(instance);
    else processes.set(instance.id, [instance]);
  }
  return [...processes].map(([id, offers]) => ({ id, address: (offers[0] as ListedInstance).address, offers }));
}
