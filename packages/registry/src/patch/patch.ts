import { registryLimits } from "../limits.js";

/** A provider as participants know it. The names are those of the contract. */
export interface Provider {
  readonly Name: string;
  readonly URL: string;
}

/** What is pushed to a participant: never null, both lists always there. */
export interface Patch {
  readonly Added: readonly Provider[];
  readonly Removed: readonly Provider[];
}

/**
 * What a participant may hold. `acknowledged`: it took the last patch, and holds these. `pending`: a patch is under way, or
 * was lost, or nobody knows: it holds some of these and nothing else, and is owed a patch that names all that it shall hold.
 */
export interface Holdings {
  readonly kind: "acknowledged" | "pending";
  readonly providers: readonly Provider[];
}

/** Of whom nothing is owed to yet, because nothing is required. */
export const nothingHeld: Holdings = { kind: "acknowledged", providers: [] };
/** Of a newcomer: it holds nothing, and waits for its first patch. */
export const everythingOwed: Holdings = { kind: "pending", providers: [] };

/**
 * The patch that leads from what a participant may hold to what it shall: the difference where that is known, else the whole
 * list, with everything removed that it may hold besides. Undefined where it holds just that.
 */
export function patchBetween({ kind, providers }: Holdings, wanted: readonly Provider[]): Patch | undefined {
  const Removed = without(providers, wanted);
  if (kind === "pending") return { Added: wanted, Removed };
  const Added = without(wanted, providers);
  return Added.length + Removed.length > 0 ? { Added, Removed } : undefined;
}

/** What it may hold while a patch is under way: what it may hold already, and what is wanted. */
export function holdingsUnderway({ providers }: Holdings, wanted: readonly Provider[]): Holdings {
  return { kind: "pending", providers: withinLimit([...wanted, ...without(providers, wanted)]) };
}

export function acknowledged(wanted: readonly Provider[]): Holdings {
  return { kind: "acknowledged", providers: wanted };
}

/** As many as one value of the store takes. */
export function withinLimit(providers: readonly Provider[]): readonly Provider[] {
  let left: number = registryLimits.holdingsBytesMax;
  const beyond = providers.findIndex(({ Name, URL }) => (left -= Name.length + URL.length + wordsLetters) < 0);
  return beyond === -1 ? providers : providers.slice(0, beyond);
}

const wordsLetters = '{"Name":"","URL":""},'.length;

export function isSameList(one: readonly Provider[], other: readonly Provider[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ Name, URL }, at) => {
      const there = other[at] as Provider;
      return there.Name === Name && there.URL === URL;
    })
  );
}

function without(these: readonly Provider[], those: readonly Provider[]): readonly Provider[] {
  const keys = new Set(those.map(keyOf));
  return these.filter((provider) => !keys.has(keyOf(provider)));
}

/** No name has a space in it. */
function keyOf({ Name, URL }: Provider): string {
  return `${Name} ${URL}`;
}
