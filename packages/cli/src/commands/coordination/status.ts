import type { StoreMember, StoreStatus } from "@skylark/coordination";
import type { Command } from "commander";
import type { Sky } from "../../sky.js";

export function status(sky: Sky): Command {
  return sky.command(
    {
      usage: "status",
      summary: "Show which engine keeps the store, its members, and how many failures they bear",
      examples: [
        ["sky coordination status", "of the store that the settings name"],
        ["sky coordination status --json | jq .failuresTolerated", "for a script"],
      ],
    },
    async (context) => {
      const store = await context.store();
      const found = await store.status(context.patience);
      const { session } = store;
      const shape = {
        ...found,
        sessionTtlMs: session.kind === "established" ? session.ttlMs : null,
        failuresTolerated: failuresTolerated(found.members),
        warnings: warningsOf(found),
      };
      context.print(shape, () => {
        const facts = Object.entries(found.facts).map(([name, value]) => ({ name, value: String(value) }));
        const words = [
          { name: "engine", value: found.engine },
          { name: "connected to", value: found.address },
          { name: "session TTL", value: shape.sessionTtlMs === null ? "" : `${shape.sessionTtlMs} ms` },
          { name: "bears", value: bearsText(shape.failuresTolerated, found.members) },
          ...facts,
        ];
        const width = Math.max(...words.map(({ name }) => name.length));
        const lines = words.map(({ name, value }) => `${name.padEnd(width)}  ${value}\n`).join("");
        return `${lines}\n${context.table(found.members, memberColumns)}`;
      });
      for (const warning of shape.warnings) context.remark(`warning: ${warning}`);
      return undefined;
    },
  );
}

const memberColumns = [
  { head: "member", text: ({ address }: StoreMember) => address },
  { head: "role", text: ({ role }: StoreMember) => role },
  { head: "version", text: ({ version }: StoreMember) => version ?? "" },
] as const;

function votersOf(members: readonly StoreMember[]): readonly StoreMember[] {
  return members.filter(({ role }) => role !== "observer");
}

/** A majority must be left: one of three, two of five, still two of six. Those that are unreachable already are counted in. */
export function failuresTolerated(members: readonly StoreMember[]): number {
  const voters = votersOf(members);
  const away = voters.filter(({ role }) => role === "unreachable").length;
  return Math.max(0, Math.floor((voters.length - 1) / 2) - away);
}

function bearsText(failures: number, members: readonly StoreMember[]): string {
  const voters = votersOf(members).length;
  if (voters <= 1) return "no failure of its one member; where it is embedded another process takes over";
  return `${failures} of ${voters} members more may fail`;
}

export function warningsOf({ engine, members }: Pick<StoreStatus, "engine" | "members">): string[] {
  const voters = votersOf(members);
  const away = voters.filter(({ role }) => role === "unreachable");
  const warnings = away.map(({ address }) => `${address} does not answer`);
  if (voters.length > 0 && voters.length % 2 === 0) {
    const bears = Math.floor((voters.length - 1) / 2);
    const message = `${voters.length} members bear no more failures than ${voters.length - 1} do (${bears}), and need one more to agree`;
    warnings.push(`${message}: take one away, or add one`);
  }
  if (!members.some(({ role }) => role === "leader")) warnings.push("no member says that it leads");
  if (engine !== "embedded" && voters.length === 1) warnings.push("one member: when it is gone, so is the store");
  return warnings;
}
