import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coordination, openCoordination } from "@skylark/coordination";
import { startEtcd, startZooKeeper } from "@skylark/testkit";

export const engineNames = ["embedded", "zookeeper", "etcd"] as const;

export type EngineName = (typeof engineNames)[number];

/** Longer than any standstill of the machine: nothing here measures expiry. */
const ttlMs = 60_000;
const openTimeoutMs = 60_000;

/** For operations by the port: the same patience. */
export const patience = { timeoutMs: 60_000 } as const;

/** A running store. Whoever starts it disposes it. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  readonly members: number;
  /** What `openEngine` and `openRawStore` need to find it. */
  readonly address: string;
}

/** Starts a store; the embedded one lives in a thread of this process, and has one member whatever is asked for. */
export async function startEngine(name: EngineName, members: number): Promise<Engine> {
  switch (name) {
    case "embedded": {
      const home = mkdtempSync(join(tmpdir(), "skylark-bench-"));
      const host = await openCoordination({ home });
      const dispose = async (): Promise<void> => {
        await host.close();
        rmSync(home, { recursive: true, force: true });
      };
      return { name, members: 1, address: home, [Symbol.asyncDispose]: dispose };
    }
    case "zookeeper": {
      const ensemble = await startZooKeeper({ members });
      return { name, members, address: ensemble.connectString, [Symbol.asyncDispose]: () => ensemble.close() };
    }
    case "etcd": {
      const servers = await startEtcd({ members });
      return { name, members, address: servers.hosts, [Symbol.asyncDispose]: () => servers.close() };
    }
  }
}

/** A session with the store as applications have it: the port, over the driver of its engine. */
export function openEngine({ name, address }: Pick<Engine, "name" | "address">): Promise<Coordination> {
  if (name === "embedded") return openCoordination({ home: address, host: false, ttlMs, openTimeoutMs });
  return openCoordination({ url: `${name}://${address}`, ttlMs, openTimeoutMs });
}
