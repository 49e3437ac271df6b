import { startEtcd } from "@skylark/testkit";
import { EnsembleRegisters } from "./ensemble.js";
import type { RegisterEngine } from "./register-engine.js";

const ttlMs = 4000;

export async function etcdRegisters(): Promise<RegisterEngine> {
  const servers = await startEtcd({ members: 3 });
  const members = servers.members.map((member) => ({
    address: member.endpoint,
    kill: () => member.kill(),
    start: () => member.start(),
    freeze: () => member.freeze(),
    thaw: () => member.thaw(),
  }));
  const ensemble = {
    members,
    leader: async () => {
      const leader = await servers.leader();
      return members[servers.members.indexOf(leader)] as (typeof members)[number];
    },
    whole: () => servers.healthy(),
    close: () => servers.close(),
  };
  return EnsembleRegisters.over(ensemble, { scheme: "etcd", ttlMs });
}
