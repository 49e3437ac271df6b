import type { Revision, SessionId } from "../../src/port.js";
import type { Command, Outcome } from "../../src/state/command.js";
import { changesOf, type StoredChange } from "../../src/state/effect.js";
import type { StoredOperation } from "../../src/state/operation.js";
import { Store } from "../../src/state/store.js";
import type { StoredEntry } from "../../src/state/tree.js";
import { WatchTable } from "../../src/state/watch-table.js";

const tickMs = 50;

/** Plays a script of commands (lines that begin with `>`) against a fresh store; returns it with the answers behind each. */
export function play(script: string): string {
  const player = new Player();
  const lines = script.split("\n").filter((line) => line === "" || line.startsWith(">") || line.startsWith("#"));
  return lines
    .flatMap((line) => (line.startsWith(">") ? [line, ...player.run(line.slice(1).trim())] : [line]))
    .join("\n");
}

class Player {
  #now = 0;
  readonly #store = new Store(0);
  readonly #watches = new WatchTable<string>();

  run(line: string): string[] {
    const [first = "", ...rest] = line.split(" ");
    if (first === "hosts")
      return this.#apply({ kind: "host", tag: rest[0] ?? "" }).concat(`epoch ${this.#store.epoch}`);
    if (first === "get") return this.#apply({ kind: "get", key: rest[0] ?? "" });
    if (first === "list") return this.#apply({ kind: "list", parent: rest[0] ?? "" });
    if (first === "children") return this.#apply({ kind: "children", parent: rest[0] ?? "" });
    if (first === "watch") return this.#watch(rest[0] ?? "", rest[1] ?? "");
    if (first === "advance") return this.#advance(Number(rest[0]), tickMs);
    if (first === "stall") return this.#advance(Number(rest[0]), Number(rest[0]));
    if (first === "sleep") return this.#tick(Number(rest[0]));
    if (first === "takeover") {
      this.#store.sessions.grantAll(this.#now);
      return ["granted"];
    }
    return this.#asSession(first as SessionId, rest);
  }

  #asSession(session: SessionId, [verb, ...rest]: string[]): string[] {
    if (verb === "opens") return this.#apply({ kind: "openSession", session, ttlMs: Number(rest[0]), now: this.#now });
    if (verb === "ends") return this.#apply({ kind: "endSession", session });
    if (verb === "lives") return [this.#store.sessions.touch(session, this.#now) ? "alive" : "gone"];
    const operations = [verb, ...rest].join(" ").split(" ; ").map(operationFrom);
    return this.#apply({ kind: "write", session, operations });
  }

  #advance(byMs: number, stepMs: number): string[] {
    const answers: string[] = [];
    for (const until = this.#now + byMs; this.#now < until; ) {
      this.#now = Math.min(until, this.#now + stepMs);
      answers.push(...this.#tick(0));
    }
    return answers;
  }

  #tick(sleptMs: number): string[] {
    return this.#store.sessions
      .tick(this.#now, sleptMs)
      .flatMap((session) => [
        `${session} expires at ${this.#now}`,
        ...this.#apply({ kind: "endSession", session }).slice(1),
      ]);
  }

  #watch(name: string, prefix: string): string[] {
    this.#watches.add(prefix, name);
    return [`${name}: snapshot ${this.#store.tree.under(prefix).map(entryText).join(", ") || "empty"}`];
  }

  #apply(command: Command): string[] {
    const outcome = this.#store.apply(command);
    const seen = outcome.kind === "replied" ? [...this.#watches.match(changesOf(outcome.effects))] : [];
    return [outcomeText(outcome), ...seen.map(([name, changes]) => `${name}: ${changes.map(changeText).join(", ")}`)];
  }
}

function operationFrom(text: string): StoredOperation {
  const [kind = "", key = "", ...rest] = text.split(" ");
  const at = rest.indexOf("at");
  const revision = (at >= 0 && rest[at + 1] !== "none" ? rest[at + 1] : undefined) as Revision | undefined;
  const json = rest.slice(0, at >= 0 ? at : undefined).join(" ");
  if (kind === "create" || kind === "ephemeral") return { kind: "create", key, json, ephemeral: kind === "ephemeral" };
  if (kind === "put") return { kind, key, json, revision };
  if (kind === "delete" || kind === "check") return { kind, key, revision };
  throw new Error(`the script says "${text}", which is no operation`);
}

function outcomeText(outcome: Outcome): string {
  if (outcome.kind === "refused") return `${outcome.error.code}: ${outcome.error.message}`;
  const { reply } = outcome;
  if (reply.kind === "entry") return reply.entry ? entryText(reply.entry) : "none";
  if (reply.kind === "entries") return reply.entries.map(entryText).join(", ") || "empty";
  if (reply.kind === "names") return reply.names.join(" ") || "empty";
  if (reply.kind === "done") return "done";
  return reply.results
    .map((result) => (typeof result === "object" ? (result ? entryText(result) : "holds") : `${result}`))
    .join("; ");
}

function entryText({ key, json, revision, owner }: StoredEntry): string {
  return `${key}=${json} @${revision}${owner ? ` of ${owner}` : ""}`;
}

function changeText(change: StoredChange): string {
  return change.kind === "put" ? `put ${entryText(change.entry)}` : `deleted ${change.key}`;
}
