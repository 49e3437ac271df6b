import type { Json } from "@skylark/coordination";
import { type KeyRange, openEtcd } from "@skylark/etcd";
import type { RawStore } from "./raw-store.js";

/** Our client of etcd, without the driver. An ephemeral key is one of this client's lease. */
export async function openRawEtcd(hosts: string): Promise<RawStore> {
  const etcd = await openEtcd({ endpoints: hosts.split(","), timeoutMs: 60_000, openTimeoutMs: 60_000 });
  const lease = await etcd.grantLease(60_000, () => {});
  const decoder = new TextDecoder();
  const below = (parent: string): KeyRange => ({ from: `${parent}/`, to: `${parent}0` });
  return {
    create: async (key, text, { ephemeral = false } = {}) => {
      const when = [{ range: { from: key }, what: "revision", is: "=", value: 0n }] as const;
      const put = { kind: "put", key, value: text, lease: ephemeral ? lease.id : 0n } as const;
      const { succeeded } = await etcd.transact({ when, steps: [put] });
      if (!succeeded) throw new Error(`${key} is there already`);
    },
    set: async (key, text) => void (await etcd.put(key, text)),
    delete: async (key) => void (await etcd.delete({ from: key })),
    async get(key, { fresh = false } = {}) {
      const found = await etcd.get(key, { fresh });
      return found && decoder.decode(found.value);
    },
    readBelow: async (parent) => (await etcd.read(below(parent))).entries.map(({ value }) => decoder.decode(value)),
    async watch(parent, held) {
      const { revision } = await etcd.read(below(parent));
      etcd.watch(below(parent), revision + 1n, (event) => {
        if (event.kind !== "changed") return;
        for (const change of event.changes) {
          if (change.kind === "deleted") held(change.key, undefined);
          else held(change.entry.key, JSON.parse(decoder.decode(change.entry.value)) as Json);
        }
      });
    },
    close: () => etcd.close(),
  };
}
