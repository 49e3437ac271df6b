import { matcher } from "@skylark/discovery/internal";
import { nearestName } from "skylark/internal";
import { NothingFound } from "../failure.js";
import { type FilterOptions, filterWords } from "../options/filters.js";
import type { ListedInstance } from "./listed-instance.js";

/** The instances of a service that a call may go to. Where there is none, the error says what there is instead. */
export function callableInstances(
  instances: readonly ListedInstance[],
  filter: FilterOptions & { readonly service: string },
): readonly ListedInstance[] {
  const { service, ...place } = filter;
  const own = nativeInstances(service, instances);
  const there = own.filter(matcher({ ...place, tags: filter.tag }));
  const callable = there.filter(({ state }) => state === "inRotation");
  if (callable.length > 0) return callable;
  if (there.length === 0) {
    throw new NothingFound(`none of ${counted(own)} of "${service}" fits ${filterWords(place)}: ${listing(service)}`);
  }
  throw new NothingFound(
    `${counted(there)} of "${service}" would fit, none is in rotation: --instance calls one all the same, ${listing(service)}`,
  );
}

/** Those of a service that speak the native protocol: at least one. */
export function nativeInstances(
  service: string,
  instances: readonly ListedInstance[],
): readonly [ListedInstance, ...ListedInstance[]] {
  const all = instances.filter((instance) => instance.service === service);
  if (all.length === 0) throw new NothingFound(unknownService(service, instances));
  const [first, ...others] = all.filter(({ protocol }) => protocol === "skylark");
  if (first) return [first, ...others];
  const urls = all.slice(0, urlsMax).map(({ url }) => url);
  throw new NothingFound(`"${service}" speaks only HTTP: it is called at ${urls.join(", ")}: ${listing(service)}`);
}

const urlsMax = 3;

function counted({ length }: readonly unknown[]): string {
  return length === 1 ? "1 instance" : `${length} instances`;
}

function listing(service: string): string {
  return `"sky instances ${service}" lists them`;
}

/** `no service is called "gradnig": did you mean "grading"?` */
export function unknownService(service: string, instances: readonly ListedInstance[]): string {
  const names = [...new Set(instances.map((instance) => instance.service))].toSorted();
  const near = nearestName(service, names);
  if (near) return `no service is called "${service}": did you mean "${near}"?`;
  return `no service is called "${service}": ${names.length === 0 ? "none is registered" : `there is ${names.join(", ")}`}`;
}
