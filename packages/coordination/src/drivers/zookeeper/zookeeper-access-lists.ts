import { type Log, SkylarkError } from "@skylark/core";
import { systemClock, systemRandom } from "@skylark/core/internal";
import type { Acl } from "@skylark/zookeeper";
import { checkPrefix } from "../../state/key.js";
import type { AccessLists, Grant, Permission } from "../access-lists.js";
import { clientOpener, zooKeeperTarget } from "./client-opener.js";
import { NodeSpace } from "./node-space.js";

/** ZooKeeper's own bits. */
const bits: Readonly<Record<Permission, number>> = { create: 4, delete: 8, read: 1, write: 2, admin: 16 };
const names = Object.keys(bits) as Permission[];

export async function openZooKeeperAccessLists(url: string, timeoutMs: number, log: Log): Promise<AccessLists> {
  const target = zooKeeperTarget(url);
  const surroundings = { ttlMs: timeoutMs, clock: systemClock, random: systemRandom, log };
  const open = await clientOpener(surroundings, target);
  const client = await open(timeoutMs);
  const space = new NodeSpace(target.place);
  const pathOf = (key: string): string => {
    checkPrefix(key);
    return space.pathOf(key);
  };
  return {
    get: async (key) => (await client.getAcl(pathOf(key), { timeoutMs })).acl.map(grantOf),
    async set(key, grants) {
      if (grants.length === 0) throw new SkylarkError("invalid_argument", "an access list names somebody");
      await client.setAcl(pathOf(key), grants.map(aclOf), { timeoutMs });
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function grantOf({ scheme, id, permissions }: Acl): Grant {
  return { scheme, id, permissions: names.filter((name) => (permissions & bits[name]) !== 0) };
}

function aclOf({ scheme, id, permissions }: Grant): Acl {
  return { scheme, id, permissions: permissions.reduce((sum, name) => sum | bits[name], 0) };
}
