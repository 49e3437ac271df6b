import { openAccessLists } from "@skylark/coordination/internal";
import { silentLog } from "@skylark/core";
import type { Command } from "commander";
import type { Sky } from "../../sky.js";
import { accessList, grantText } from "../../store/access-list.js";

interface AclOptions {
  readonly set?: string;
}

export function acl(sky: Sky): Command {
  return sky.command<AclOptions>(
    {
      usage: "acl <path>",
      summary: "Say who may do what with an entry, or settle it, where the engine has access lists: ZooKeeper",
      examples: [
        ["sky coordination acl /skylark", "refused by name where the engine has none"],
        ["sky coordination acl /apps --set world:anyone:r,auth::cdrwa", "all may read; who is signed in may do all"],
      ],
      options: (command) =>
        command.option(
          "--set <list>",
          "the list from now on: scheme:who:permissions, of the letters cdrwa, and commas",
        ),
    },
    async (context, [path = ""], { set }) => {
      const grants = set === undefined ? undefined : accessList(set);
      const { coordination: url } = context.settings;
      await using lists = await openAccessLists({ url, ...context.patience, log: silentLog });
      if (grants) await lists.set(path, grants);
      const found = await lists.get(path);
      context.print({ path, grants: found }, () => found.map((each) => `${grantText(each)}\n`).join(""));
      return undefined;
    },
  );
}
