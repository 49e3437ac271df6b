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
  const own = instances.filter((instance) => instance.service === service);
  if (own.length === 0) throw new NothingFound(unknownService(service, instances));
  const there = own.filter(matcher({ ...place, tags: filter.tag }));
  const callable = there.filter(({ state }) => state === "inRotation");
  if (callable.length > 0) return callable;
  const count = `"${service}" has ${own.length === 1 ? "one instance" : `${own.length} instances`}`;
  const why =
    there.length === 0
      ? `none fits ${filterWords(place)}`
      : "none that may be called is in rotation; --instance calls one all the same";
  throw new NothingFound(`${count}, ${why}; "sky instances ${service}" lists them`);
}

/** `no service is called "gradnig": did you mean "grading"?` */
export function unknownService(service: string, instances: readonly ListedInstance[]): string {
  const names = [...new Set(instances.map((instance) => instance.service))].toSorted();
  const near = nearestName(service, names);
  if (near) return `no service is called "${service}": did you mean "${near}"?`;
  return `no service is called "${service}": ${names.length === 0 ? "none is registered" : `there is ${names.join(", ")}`}`;
}
