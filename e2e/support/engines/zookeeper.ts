import { startZooKeeper } from "@skylark/testkit";
import { EnsembleRegisters } from "./ensemble.js";
import type { RegisterEngine } from "./register-engine.js";

const ttlMs = 4000;

export async function zooKeeperRegisters(): Promise<RegisterEngine> {
  const servers = await startZooKeeper({ members: 3 });
  const ensemble = {
    members: servers.members,
    leader: () => servers.leader(),
    whole: async () => void (await Promise.all(servers.members.map((member) => member.serving()))),
    close: () => servers.close(),
  };
  return EnsembleRegisters.over(ensemble, { scheme: "zookeeper", ttlMs });
}
