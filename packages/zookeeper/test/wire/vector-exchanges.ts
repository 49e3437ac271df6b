import { openAcl, permissions } from "../../src/wire/acl.js";
import { zooKeeperErrors } from "../../src/wire/error-code.js";
import type { Operation } from "../../src/wire/operation.js";
import { createFlags } from "../../src/wire/operations/create.js";
import { addWatchModes, watcherKinds } from "../../src/wire/operations/watches.js";
import { operations } from "../../src/wire/operations.js";

/** What OfficialClient.java asked in one exchange, in our words, and what the server said, as far as it is the same each time. */
export type VectorExchange =
  | { readonly kind: "connect"; readonly isResumed: boolean }
  | {
      readonly kind: "call";
      readonly operation: Operation<never, unknown>;
      readonly request: unknown;
      readonly reply: unknown;
      readonly error: number;
    };

function call<Request, Reply>(
  operation: Operation<Request, Reply>,
  request: NoInfer<Request>,
  reply?: unknown,
): VectorExchange {
  return { kind: "call", operation, request, reply, error: 0 };
}

function refused<Request>(
  operation: Operation<Request, unknown>,
  request: NoInfer<Request>,
  code: keyof typeof zooKeeperErrors,
): VectorExchange {
  const error = zooKeeperErrors[code];
  return { kind: "call", operation, request, reply: undefined, error };
}

const bytes = (text: string): Buffer => Buffer.from(text);
const made = (path: string, data: string, flags: number = createFlags.persistent) => {
  return { path, data: bytes(data), acl: openAcl, flags };
};
const signIn = call(operations.auth, { scheme: "digest", credentials: bytes("ada:secret") });
const creatorOnly = [{ permissions: permissions.all, scheme: "auth", id: "" }];
const digest = { scheme: "digest", id: "ada:VTFFY3p38X0IKhZgzUit6nGpbgY=" };
const readOnly = [{ permissions: permissions.read, scheme: "world", id: "anyone" }];
const persistentTtl = createFlags.persistentTtl;

const nodes: VectorExchange[] = [
  call(operations.create, made("/v", "one"), "/v"),
  call(
    operations.create2,
    { ...made("/v/e", ""), data: null, flags: createFlags.ephemeral },
    { path: "/v/e", stat: { version: 0, dataLength: 0 } },
  ),
  call(operations.create2, made("/v/s-", "žluť", createFlags.persistentSequential), {
    path: "/v/s-0000000001",
    stat: { dataLength: 6, ephemeralOwner: 0n },
  }),
  call(operations.createContainer, made("/v/c", "", createFlags.container), {
    path: "/v/c",
    stat: { ephemeralOwner: 0n, dataLength: 0 }, // what it reads as later is not what the answer says
  }),
  call(
    operations.createTtl,
    { ...made("/v/t", "ttl", persistentTtl), acl: creatorOnly, ttlMs: 60_000 },
    { path: "/v/t", stat: { dataLength: 3 } },
  ),
  refused(operations.create, made("/v", "again"), "node_exists"),
  call(operations.exists, { path: "/v", watch: false }, { version: 0, dataLength: 3, numChildren: 4 }),
  refused(operations.exists, { path: "/absent", watch: false }, "no_node"),
  call(operations.getData, { path: "/v", watch: false }, { data: bytes("one"), stat: { version: 0 } }),
  call(operations.getData, { path: "/v/e", watch: false }, { data: null, stat: { dataLength: 0 } }),
  call(operations.setData, { path: "/v", data: bytes("two"), version: 0 }, { version: 1 }),
  refused(operations.setData, { path: "/v", data: bytes("three"), version: 0 }, "bad_version"),
  call(operations.getChildren, { path: "/v", watch: false }, ["s-0000000001", "c", "t", "e"]),
  call(
    operations.getChildren2,
    { path: "/v", watch: false },
    { children: ["s-0000000001", "c", "t", "e"], stat: { cversion: 4 } },
  ),
  call(operations.getAllChildrenNumber, { path: "/v" }, 4),
  call(operations.getAcl, { path: "/v/t" }, { acl: [{ permissions: permissions.all, ...digest }] }),
  call(operations.setAcl, { path: "/v/c", acl: readOnly, version: 0 }, { aversion: 1 }),
  call(operations.sync, { path: "/v" }, "/v"),
  call(operations.getEphemerals, { path: "/v" }, ["/v/e"]),
  call(operations.whoAmI, undefined, [
    { scheme: "digest", user: "ada" },
    { scheme: "ip", user: "127.0.0.1" },
  ]),
];

const multis: VectorExchange[] = [
  call(
    operations.multi,
    [
      { kind: "create", ...made("/v/m", "m") },
      { kind: "createContainer", ...made("/v/mc", "", createFlags.container) },
      { kind: "createTtl", ...made("/v/mt", "", persistentTtl), ttlMs: 60_000 },
      { kind: "setData", path: "/v/m", data: bytes("n"), version: 0 },
      { kind: "check", path: "/v", version: 1 },
      { kind: "delete", path: "/v/m", version: 1 },
    ],
    [
      { kind: "created", path: "/v/m", stat: undefined },
      { kind: "created", path: "/v/mc", stat: { version: 0 } },
      { kind: "created", path: "/v/mt", stat: { version: 0 } },
      { kind: "written", stat: { version: 1 } },
      { kind: "checked" },
      { kind: "deleted" },
    ],
  ),
  call(
    operations.multi,
    [
      { kind: "check", path: "/v", version: 1 },
      { kind: "delete", path: "/absent", version: -1 },
      { kind: "check", path: "/v", version: 1 },
    ],
    [
      { kind: "error", error: 0 },
      { kind: "error", error: zooKeeperErrors.no_node },
      { kind: "error", error: zooKeeperErrors.runtime_inconsistency },
    ],
  ),
  call(
    operations.multiRead,
    [
      { kind: "getData", path: "/v" },
      { kind: "getChildren", path: "/v" },
      { kind: "getData", path: "/absent" },
    ],
    [
      { kind: "data", data: bytes("two") },
      { kind: "children", children: { length: 6 } },
      { kind: "error", error: zooKeeperErrors.no_node },
    ],
  ),
];

const noWatches = { data: [], exist: [], children: [] };
const { any } = watcherKinds;

/** Every exchange of the recording, in order. `relativeZxid` of watches that are set again is what the server had said last. */
export const vectorExchanges: readonly VectorExchange[] = [
  { kind: "connect", isResumed: false },
  signIn,
  ...nodes,
  ...multis,
  call(operations.exists, { path: "/v", watch: true }, { version: 1 }),
  { kind: "connect", isResumed: true },
  signIn,
  call(operations.setWatches, { relativeZxid: 12n, ...noWatches, data: ["/v"] }),
  call(operations.addWatch, { path: "/v", mode: addWatchModes.persistent }),
  call(operations.addWatch, { path: "/v/c", mode: addWatchModes.persistentRecursive }),
  { kind: "connect", isResumed: true },
  signIn,
  call(operations.setWatches2, {
    ...{ relativeZxid: 12n, ...noWatches, data: ["/v"] },
    ...{ persistent: ["/v"], persistentRecursive: ["/v/c"] },
  }),
  call(operations.setData, { path: "/v", data: bytes("three"), version: -1 }, { version: 2 }),
  call(operations.checkWatches, { path: "/v/c", kind: any }),
  call(operations.removeWatches, { path: "/v", kind: any }),
  refused(operations.delete, { path: "/v", version: -1 }, "not_empty"),
  call(operations.delete, { path: "/v/e", version: 0 }),
  call(operations.ping, undefined),
  call(operations.closeSession, undefined),
];
