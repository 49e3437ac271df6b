import { type Directory, select } from "./directory.js";
import type { DirectoryInstance } from "./directory-instance.js";
import {
  isAny,
  isEligible,
  isNative,
  matcher,
  type Selector,
  type SelectorField,
  selectorFields,
} from "./selection.js";

/**
 * Why no instance of a directory fits a selector: what there is instead, and what would let it fit. `now`: an instant of
 * the clock that the directory was made with.
 *
 * @example
 * no instance of "grading" 1.x in region "eu": 3 in "us" (set region: "any"), registry last heard 2 s ago
 */
export function explainAbsence(directory: Directory, selector: Selector, now: number): string {
  const fitting = select(directory, selector);
  if (fitting.length > 0)
    return `${counted(fitting.length, "instance")} of ${asked(directory.service, selector)} known`;
  const known = `${instead(directory, selector)}${doubted(directory)}`;
  return `no instance of ${asked(directory.service, selector)}: ${known}, ${heard(directory, now)}`;
}

function doubted({ instances }: Directory): string {
  const unlisted = instances.filter((instance) => instance.doubted === "unlisted").length;
  return unlisted === 0 ? "" : `, ${unlisted} of them doubted (answering, but no longer in the store)`;
}

function instead(directory: Directory, selector: Selector): string {
  const { complete, rememberedSince } = directory;
  if (!complete && rememberedSince === undefined) return "the registry has not said yet which there are";
  if (directory.instances.length === 0) return "nobody offers it";
  const instances = directory.instances.filter(isNative);
  if (instances.length === 0) return onlyHttp(directory.instances.length);
  const idle = instances.filter(matcher(selector));
  if (idle.length > 0) return outOfRotation(idle);
  for (const field of selectorFields) {
    const others = isAsked(selector, field) ? select(directory, { ...selector, [field]: undefined }) : [];
    if (others.length > 0) return elsewhere(field, others);
  }
  const eligible = instances.filter(isEligible);
  if (eligible.length === 0) return `none fits, and none is in rotation: ${outOfRotation(instances)}`;
  return listed(eligible, ({ version, region }) => `${version} in ${JSON.stringify(region)}`);
}

function onlyHttp(count: number): string {
  return `${count} known, which ${count === 1 ? "speaks" : "speak"} only HTTP (protocol "http")`;
}

function outOfRotation(instances: readonly DirectoryInstance[]): string {
  const leaving = instances.filter(({ state }) => state === "leaving").length;
  const unregistered = instances.length - leaving;
  const parts: string[] = [];
  if (unregistered > 0) parts.push(`${unregistered} unregistered (put into rotation by "sky register <instance>")`);
  if (leaving > 0) parts.push(`${leaving} leaving`);
  return parts.join(", ");
}

/** They fit but for one field: that one is worth naming. */
function elsewhere(field: SelectorField, others: readonly DirectoryInstance[]): string {
  if (field === "tags") return `${others.length} without these tags (ask for fewer tags)`;
  const where = listed(others, (instance) =>
    field === "version" ? `of version ${instance.version}` : `in ${JSON.stringify(instance[field])}`,
  );
  const place = field === "host" ? where.replaceAll(" in ", " on ") : where;
  return `${place} (set ${field}: "any")`;
}

/** `3 in "us", 1 in "asia"`: the most frequent first. */
function listed(instances: readonly DirectoryInstance[], name: (instance: DirectoryInstance) => string): string {
  const counts = new Map<string, number>();
  for (const instance of instances) counts.set(name(instance), (counts.get(name(instance)) ?? 0) + 1);
  const parts = [...counts].toSorted((one, other) => other[1] - one[1]).map(([what, count]) => `${count} ${what}`);
  const more = parts.length - partsMax;
  return parts.slice(0, partsMax).join(", ") + (more > 0 ? ` and ${more} others` : "");
}

const partsMax = 5;

/** `"grading" 1.x in region "eu"`. */
function asked(service: string, selector: Selector): string {
  const { version, tags = [] } = selector;
  const words = [JSON.stringify(service)];
  if (version !== undefined && !isAny(version)) words.push(version);
  for (const field of ["region", "zone", "host"] as const) {
    if (isAsked(selector, field))
      words.push(`${field === "host" ? "on" : "in"} ${field} ${JSON.stringify(selector[field])}`);
  }
  if (tags.length > 0)
    words.push(`with ${tags.length === 1 ? "tag" : "tags"} ${tags.map((tag) => JSON.stringify(tag)).join(", ")}`);
  return words.join(" ");
}

function isAsked(selector: Selector, field: SelectorField): boolean {
  return field === "tags" ? (selector.tags?.length ?? 0) > 0 : !isAny(selector[field]);
}

function heard({ complete, inTouch, heardAt, rememberedSince }: Directory, now: number): string {
  if (rememberedSince !== undefined) {
    return `as written down ${Math.floor((now - rememberedSince) / 1000)} s ago; the registry has not answered since the start`;
  }
  const seconds = Math.floor((now - heardAt) / 1000);
  if (!complete) return `asked ${seconds} s ago`;
  return inTouch || seconds <= 0 ? "registry heard just now" : `registry last heard ${seconds} s ago`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
