import type { Json } from "@skylark/coordination";
import { openZooKeeper, type ZooKeeper, zooKeeperCode } from "@skylark/zookeeper";
import type { Held, RawStore } from "./raw-store.js";

/** Longer than any standstill of the machine. */
const patience = { sessionTimeoutMs: 60_000, openTimeoutMs: 60_000, requestTimeoutMs: 60_000 } as const;

/** The driver's guards (COORD-PORT-8); keys fall on all of them alike. */
const guardCount = 64;

/** Our client of ZooKeeper, without the driver. What is directly above a key must be there. */
export async function openRawZooKeeper(connectString: string): Promise<RawStore> {
  const client = await openZooKeeper(connectString, patience);
  let turn = 0;
  return {
    create: async (key, text, { ephemeral = false } = {}) => {
      await client.create(key, text, { mode: ephemeral ? "ephemeral" : "persistent" });
    },
    async createGuarded(key, text) {
      const guard = `/=skylark/guards/${String(turn++ % guardCount).padStart(2, "0")}`;
      await client.multi([
        { kind: "create", path: key, data: text },
        { kind: "setData", path: guard, data: "" },
      ]);
    },
    set: async (key, text) => void (await client.setData(key, text)),
    delete: (key) => client.delete(key),
    async get(key, { fresh = false } = {}) {
      if (!fresh) return textOf(client, key);
      const [, text] = await Promise.all([client.sync("/"), textOf(client, key)]);
      return text;
    },
    async readBelow(parent) {
      const { children } = await client.getChildren(parent);
      const texts = await Promise.all(children.map((name) => textOf(client, `${parent}/${name}`)));
      return texts.filter((text) => text !== undefined);
    },
    watch: (parent, held, noticed) => watch(client, parent, held, noticed),
    close: () => client.close(),
  };
}

/** A persistent recursive watch tells that a node changed; what it holds now has to be read. */
async function watch(client: ZooKeeper, parent: string, held: Held, noticed?: () => void): Promise<void> {
  await client.watch(
    parent,
    (notice) => {
      if (notice.kind === "deleted") {
        noticed?.();
        held(notice.path, undefined);
      } else if (notice.kind === "created" || notice.kind === "dataChanged") {
        noticed?.();
        void textOf(client, notice.path).then((text) => held(notice.path, text && (JSON.parse(text) as Json)));
      }
    },
    { recursive: true },
  );
}

async function textOf(client: ZooKeeper, path: string): Promise<string | undefined> {
  try {
    return (await client.getData(path)).data.toString();
  } catch (error) {
    if (zooKeeperCode(error) === "no_node") return undefined;
    throw error;
  }
}
