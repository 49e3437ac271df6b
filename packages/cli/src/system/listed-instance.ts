import type { DirectoryInstance, InstanceOverride } from "@skylark/discovery/internal";

/** An instance of a service as `sky` shows it, in this very shape with `--json`. */
export interface ListedInstance {
  readonly id: string;
  readonly service: string;
  readonly version: string;
  /** `tcp://host:port`. */
  readonly address: string;
  /** `http`: a program that takes part by plain HTTP, which `sky call` and its like cannot speak to. */
  readonly protocol: "skylark" | "http";
  /** Where it is reached by HTTP; null where it is not. */
  readonly url: string | null;
  readonly state: InstanceState;
  /** Its own word, which an override may overrule. */
  readonly registered: boolean;
  readonly region: string;
  readonly zone: string;
  readonly host: string;
  readonly tags: readonly string[];
  /** Overrides merged. */
  readonly weight: number;
  readonly pid: number;
  readonly startedAt: string;
  readonly requires: readonly string[];
  /** What others say of it; null where nobody does. */
  readonly override: InstanceOverride | null;
}

/**
 * In rotation: callers choose it. Out of rotation: it runs and answers, and nobody chooses it. Marked down: it would be in
 * rotation, had it answered whoever watches its health.
 */
export type InstanceState = "inRotation" | "outOfRotation" | "markedDown" | "leaving";

export function listedInstance(instance: DirectoryInstance): ListedInstance {
  const {
    id,
    service,
    version,
    address,
    protocol,
    url,
    region,
    zone,
    host,
    tags,
    pid,
    startedAt,
    requires,
    registered,
  } = instance;
  const { effective, override } = instance;
  return {
    id,
    service,
    version,
    address,
    protocol,
    url: url ?? null,
    state: stateOf(instance),
    registered,
    region,
    zone,
    host,
    tags,
    weight: effective.weight,
    pid,
    startedAt,
    requires,
    override: override ?? null,
  };
}

function stateOf({ state, effective, override }: DirectoryInstance): InstanceState {
  if (state === "leaving") return "leaving";
  if (!effective.registered) return "outOfRotation";
  return override?.mark ? "markedDown" : "inRotation";
}

/** Why it is marked down, in the words of whoever marked it; empty where it is not. */
export function markWords({ state, override }: Pick<ListedInstance, "state" | "override">): string {
  const { by, why } = override?.mark ?? {};
  if (state !== "markedDown") return "";
  return [why, by].filter((word) => typeof word === "string").join(", says ");
}

/** `127.0.0.1:4000`. */
export function placeOf({ address }: { readonly address: string }): string {
  return address.replace(/^tcp:\/\//, "");
}
