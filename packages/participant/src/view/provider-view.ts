import { SkylarkError } from "@skylark/core";
import type { Patch, Provider } from "./patch.js";

/**
 * Who provides what a participant requires, kept up to date by patches. Each list is immutable; a change makes another.
 *
 * A registry that lost a participant and takes it anew sends all it knows, which need not be all there is: others were lost
 * with it, and are not back yet. So what was known before is doubted only, and goes when neither a patch nor a time of
 * grace has confirmed it.
 */
export class ProviderView {
  readonly #lists: Map<string, readonly string[]>;
  #asked: Asked | undefined;
  #doubt: Doubt | undefined;

  constructor(required: readonly string[]) {
    this.#lists = new Map(required.map((name) => [name, Object.freeze([])]));
  }

  /** In the order in which they became known. Fails `failed_precondition` for a name that is not required. */
  urls(name: string): readonly string[] {
    const urls = this.#lists.get(name);
    if (urls) return urls;
    const required = [...this.#lists.keys()].join(", ") || "nothing is";
    const message = `${JSON.stringify(name)} is not required, so nobody tells who provides it; required: ${required}`;
    throw new SkylarkError("failed_precondition", message);
  }

  /**
   * Answers with what really changed: adding twice is adding once, removing what is unknown is nothing, what one patch both
   * removes and adds is there, and a name that is not required is passed over. Fails `resource_exhausted`, and changes
   * nothing, where a service would have more than 10,000 URLs.
   */
  apply({ added, removed }: Patch): Patch {
    this.#refuseTooMany(added);
    if (this.#asked) this.#asked.patches++;
    for (const provider of added) {
      this.#asked?.confirmed.add(keyOf(provider));
      this.#doubt?.of.delete(keyOf(provider));
    }
    const back = new Set(added.map(keyOf));
    const gone = removed.filter((provider) => !back.has(keyOf(provider)));
    return this.#edit(added, [...gone, ...this.#givenUpAfter("patch")]);
  }

  /** A registration is asked for. It may be a new one, and its first patch may come before the answer. */
  asking(): void {
    this.#asked = { confirmed: new Set(), patches: 0 };
  }

  /** It was a new one: what no patch has confirmed since it was asked for is doubted. */
  registeredAnew(): void {
    const { confirmed = new Set(), patches = 0 } = this.#asked ?? {};
    const known = [...this.#lists].flatMap(([name, urls]) => urls.map((url) => ({ name, url })));
    const doubted = known.filter((provider) => !confirmed.has(keyOf(provider)));
    this.#doubt = {
      of: new Map(doubted.map((provider) => [keyOf(provider), provider])),
      awaits: new Set(patches > 0 ? ["grace"] : ["patch", "grace"]),
    };
    this.#asked = undefined;
  }

  /** It was the one of before: nothing is in doubt that was not already. */
  stillRegistered(): void {
    this.#asked = undefined;
  }

  /** The time of grace is over. Answers with what was given up. */
  graceOver(): Patch {
    return this.#edit([], this.#givenUpAfter("grace"));
  }

  #givenUpAfter(event: Awaited): readonly Provider[] {
    const doubt = this.#doubt;
    doubt?.awaits.delete(event);
    if (!doubt || doubt.awaits.size > 0) return [];
    this.#doubt = undefined;
    return [...doubt.of.values()];
  }

  #edit(added: readonly Provider[], removed: readonly Provider[]): Patch {
    const edited = new Map<string, Set<string>>();
    const setOf = (name: string): Set<string> => {
      const set = edited.get(name) ?? new Set(this.#lists.get(name));
      edited.set(name, set);
      return set;
    };
    const add = ({ name, url }: Provider): boolean => {
      const isNew = !setOf(name).has(url);
      setOf(name).add(url);
      return isNew;
    };
    const required = ({ name }: Provider): boolean => this.#lists.has(name);
    const change = {
      removed: removed.filter(required).filter(({ name, url }) => setOf(name).delete(url)),
      added: added.filter(required).filter(add),
    };
    const touched = new Set([...change.removed, ...change.added].map(({ name }) => name));
    for (const name of touched) this.#lists.set(name, Object.freeze([...setOf(name)]));
    return change;
  }

  #refuseTooMany(added: readonly Provider[]): void {
    for (const [name, urls] of this.#lists) {
      const all = new Set(urls);
      for (const provider of added) if (provider.name === name) all.add(provider.url);
      if (all.size <= urlsMax) continue;
      throw new SkylarkError("resource_exhausted", `${name} would have ${all.size} URLs; up to ${urlsMax} are kept`);
    }
  }
}

/** What patches said since a registration was asked for. */
interface Asked {
  readonly confirmed: Set<string>;
  patches: number;
}

/** What was known before a new registration, less what has been confirmed since. */
interface Doubt {
  readonly of: Map<string, Provider>;
  /** What is still to come before the rest is given up. */
  readonly awaits: Set<Awaited>;
}

type Awaited = "patch" | "grace";

/** More instances than anybody runs; a list that is sent to grow forever stops here. */
const urlsMax = 10_000;

function keyOf({ name, url }: Provider): string {
  return JSON.stringify([name, url]);
}
