import { SkylarkError } from "@skylark/core";
import type { Command } from "commander";
import type { Sky } from "../../sky.js";

/** Why there are none, by the word that a URL begins with. */
const refusals: Readonly<Record<string, string>> = {
  embedded: "the embedded store has no access lists: its folder belongs to one user, and so does all that is in it",
  etcd: "etcd has no access lists of entries: it has users and roles over ranges of keys; see etcdctl role",
  zookeeper: "the access lists of ZooKeeper are not part of what all engines share; see getAcl and setAcl of zkCli.sh",
};

export function acl(sky: Sky): Command {
  return sky.command(
    {
      usage: "acl <path>",
      summary: "Say who may do what with an entry, where the engine has access lists",
      examples: [["sky coordination acl /skylark", "refused by name where the engine has none"]],
    },
    async (context, [path]) => {
      const { coordination } = context.settings;
      const engine = coordination.split(":")[0] ?? "";
      const why = refusals[engine] ?? `${engine} has no access lists`;
      throw new SkylarkError("unimplemented", `${path}: ${why}`, { notExecuted: true });
    },
  );
}
