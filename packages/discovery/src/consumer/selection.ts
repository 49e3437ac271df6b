import { parse, Range } from "semver";
import type { DirectoryInstance } from "./directory-instance.js";

/** Which instances a consumer wants. A field left out, or `"any"`, asks for nothing. */
export interface Selector {
  /** This very version; or a semantic range, for versions that are semantic: `1`, `^1.2`, `>=1 <3`. */
  readonly version?: string | undefined;
  readonly region?: string | undefined;
  readonly zone?: string | undefined;
  readonly host?: string | undefined;
  /** An instance has to carry all of them. */
  readonly tags?: readonly string[] | undefined;
}

export const selectorFields = ["version", "region", "zone", "host", "tags"] as const;

export type SelectorField = (typeof selectorFields)[number];

/** Answers to selectors over one list of instances: the same array for the same question, so that the hot path compares nothing. */
export class Selections {
  readonly #instances: readonly DirectoryInstance[];
  /** Made by the first question: most directories of a busy service are replaced before anybody asks. */
  #answers: Map<string, readonly DirectoryInstance[]> | undefined;

  constructor(instances: readonly DirectoryInstance[]) {
    this.#instances = instances;
  }

  /** Those that fit, speak the native protocol, are in rotation and are not leaving. */
  of(selector: Selector): readonly DirectoryInstance[] {
    const question = JSON.stringify(selectorFields.map((field) => selector[field]));
    const answers = (this.#answers ??= new Map<string, readonly DirectoryInstance[]>());
    const known = answers.get(question);
    if (known) return known;
    const matches = matcher(selector);
    const answer = Object.freeze(
      this.#instances.filter((instance) => isEligible(instance) && isNative(instance) && matches(instance)),
    );
    if (answers.size < answersMax) answers.set(question, answer);
    return answer;
  }
}

/** A consumer asks a handful of questions; whoever asks more is answered without being remembered. */
const answersMax = 256;

/** Whether anybody may choose it at all. */
export function isEligible(instance: DirectoryInstance): boolean {
  return instance.state === "serving" && instance.effective.registered;
}

/** Whether the native protocol reaches it: it alone can be dialled by a channel. */
export function isNative({ protocol }: Pick<DirectoryInstance, "protocol">): boolean {
  return protocol === "skylark";
}

/** Whether an instance fits a selector, be it in rotation or not. */
export function matcher(selector: Selector): (instance: Pick<DirectoryInstance, SelectorField>) => boolean {
  const { version, region, zone, host, tags = [] } = selector;
  const matchesVersion = versionMatcher(version);
  const same = (wanted: string | undefined, actual: string): boolean => isAny(wanted) || wanted === actual;
  return (instance) =>
    matchesVersion(instance.version) &&
    same(region, instance.region) &&
    same(zone, instance.zone) &&
    same(host, instance.host) &&
    tags.every((tag) => instance.tags.includes(tag));
}

export function isAny(wanted: string | undefined): boolean {
  return wanted === undefined || wanted === "any";
}

function versionMatcher(wanted: string | undefined): (version: string) => boolean {
  if (wanted === undefined || wanted === "any") return () => true;
  const range = rangeOf(wanted);
  return (version) => {
    if (version === wanted) return true;
    const parsed = range && parse(version);
    return parsed ? range.test(parsed) : false;
  };
}

function rangeOf(text: string): Range | undefined {
  try {
    return new Range(text);
  } catch {
    return undefined; // a version in words of its own matches itself alone
  }
}
