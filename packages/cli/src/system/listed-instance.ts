import type { DirectoryInstance, InstanceOverride } from "@skylark/discovery/internal";

/** An instance of a service as `sky` shows it, in this very shape with `--json`. */
export interface ListedInstance {
  readonly id: string;
  readonly service: string;
  readonly version: string;
  /** `tcp://host:port`. */
  readonly address: string;
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

/** In rotation: callers choose it. Out of rotation: it runs and answers, and nobody chooses it. */
export type InstanceState = "inRotation" | "outOfRotation" | "leaving";

export function listedInstance(instance: DirectoryInstance): ListedInstance {
  const { id, service, version, address, region, zone, host, tags, pid, startedAt, requires, registered } = instance;
  const { effective, override } = instance;
  return {
    id,
    service,
    version,
    address,
    state: instance.state === "leaving" ? "leaving" : effective.registered ? "inRotation" : "outOfRotation",
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

/** `127.0.0.1:4000`. */
export function placeOf({ address }: { readonly address: string }): string {
  return address.replace(/^tcp:\/\//, "");
}
