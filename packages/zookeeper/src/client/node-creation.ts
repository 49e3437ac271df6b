import { SkylarkError } from "@skylark/core";
import type { Chroot } from "../chroot.js";
import { type Acl, openAcl } from "../wire/acl.js";
import { createFlags } from "../wire/operations/create.js";
import type { MultiStep } from "../wire/operations/multi.js";

/** Text is written as UTF-8; null leaves a node without data, which reads as no bytes. */
export type NodeData = Uint8Array | string | null;

export interface CreateOptions {
  /**
   * `persistent` (default); `ephemeral`: goes with the session; `container`: goes some time after its last child.
   */
  readonly mode?: "persistent" | "ephemeral" | "container" | undefined;
  /** The server appends ten digits that grow. Not for containers. Default: false. */
  readonly sequential?: boolean | undefined;
  /** The node goes after this long without a write and without children. Persistent ones only; off in most servers. */
  readonly ttlMs?: number | undefined;
  /** Default: anyone may do anything. */
  readonly acl?: readonly Acl[] | undefined;
}

export type CreateStep = MultiStep & { readonly kind: "create2" | "createContainer" | "createTtl" };

/** Five bytes hold it at the server. */
const ttlMsMax = 0xff_ff_ff_ff_ff;

/** The request that makes a node. Fails `invalid_argument` for what cannot be combined. */
export function createStep(chroot: Chroot, path: string, data: NodeData, options: CreateOptions): CreateStep {
  const { mode = "persistent", sequential = false, ttlMs, acl = openAcl } = options;
  const common = {
    path: sequential ? chroot.toServerSequential(path) : chroot.toServer(path),
    data: bytesOf(data),
    acl,
  };
  if (ttlMs !== undefined) {
    if (mode !== "persistent") throw refused(path, "only persistent nodes have a time to live");
    if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > ttlMsMax) {
      throw refused(path, `ttlMs is ${ttlMs}: a whole number, 1 to ${ttlMsMax}`);
    }
    const flags = sequential ? createFlags.persistentSequentialTtl : createFlags.persistentTtl;
    return { kind: "createTtl", ...common, flags, ttlMs };
  }
  if (mode === "container") {
    if (sequential) throw refused(path, "a container cannot be sequential");
    return { kind: "createContainer", ...common, flags: createFlags.container };
  }
  if (mode === "ephemeral") {
    return { kind: "create2", ...common, flags: sequential ? createFlags.ephemeralSequential : createFlags.ephemeral };
  }
  return { kind: "create2", ...common, flags: sequential ? createFlags.persistentSequential : createFlags.persistent };
}

export function bytesOf(data: NodeData): Uint8Array | null {
  return typeof data === "string" ? Buffer.from(data) : data;
}

function refused(path: string, why: string): SkylarkError {
  return new SkylarkError("invalid_argument", `create ${path}: ${why}`, {
    details: { zookeeper: "bad_arguments", path },
  });
}
