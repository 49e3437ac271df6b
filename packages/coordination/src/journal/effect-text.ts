import type { Revision, SessionId } from "../port.js";
import type { Effect } from "../state/effect.js";

/** An effect as the journal spells it. The text of a value goes in as it is. */
function effectText(effect: Effect): string {
  switch (effect.kind) {
    case "put": {
      const { key, json, revision, owner } = effect.entry;
      const owned = owner === undefined ? "" : `,"owner":${JSON.stringify(owner)}`;
      return `{"put":${JSON.stringify(key)},"revision":${JSON.stringify(revision)}${owned},"value":${json}}`;
    }
    case "deleted":
      return JSON.stringify({ deleted: effect.key });
    case "opened":
      return JSON.stringify({ opened: effect.session, ttlMs: effect.ttlMs });
    case "ended":
      return JSON.stringify({ ended: effect.session });
    case "hosted":
      return JSON.stringify({ epoch: effect.epoch, tag: effect.tag });
  }
}

export function effectsText(effects: readonly Effect[]): string {
  return `[${effects.map(effectText).join(",")}]`;
}

/** The way back. Throws a plain Error for what is no list of effects. */
export function effectsFrom(json: string): Effect[] {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list)) throw new Error("not a list of effects");
  return list.map(effectFrom);
}

function effectFrom(fields: unknown): Effect {
  if (typeof fields !== "object" || fields === null) throw new Error("an effect is not an object");
  const of = fields as Record<string, unknown>;
  if (typeof of["put"] === "string" && typeof of["revision"] === "string" && "value" in of) {
    const owner = typeof of["owner"] === "string" ? (of["owner"] as SessionId) : undefined;
    const revision = of["revision"] as Revision;
    return { kind: "put", entry: { key: of["put"], json: JSON.stringify(of["value"]), revision, owner } };
  }
  if (typeof of["deleted"] === "string") return { kind: "deleted", key: of["deleted"] };
  if (typeof of["opened"] === "string" && typeof of["ttlMs"] === "number") {
    return { kind: "opened", session: of["opened"] as SessionId, ttlMs: of["ttlMs"] };
  }
  if (typeof of["ended"] === "string") return { kind: "ended", session: of["ended"] as SessionId };
  if (typeof of["epoch"] === "number" && typeof of["tag"] === "string") {
    return { kind: "hosted", epoch: of["epoch"], tag: of["tag"] };
  }
  throw new Error(`unknown effect ${JSON.stringify(fields).slice(0, 80)}`);
}
