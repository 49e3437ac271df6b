import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { Conversation, type ConversationHost, type HostWatch } from "../../src/embedded/conversation.js";
import type { Revision, SessionId } from "../../src/port.js";
import type { ClientMessage, HostMessage } from "../../src/protocol/messages.js";
import type { Command, Outcome } from "../../src/state/command.js";
import { changesOf } from "../../src/state/effect.js";
import { Store } from "../../src/state/store.js";
import type { StoredEntry } from "../../src/state/tree.js";
import { WatchTable } from "../../src/state/watch-table.js";
import { MemoryStream } from "../memory-stream.js";

/** A host without a journal: commands are taken when the test commits them. */
class Trial implements ConversationHost {
  readonly storeId = "store";
  readonly epoch = 3;
  readonly hostTag = "t";
  readonly store = new Store(0);
  readonly stream = new MemoryStream();
  readonly conversation: Conversation;
  readonly #watches = new WatchTable<HostWatch>();
  #waiting: { command: Command; settle: (outcome: Outcome) => void }[] = [];
  commitsApplied = 0;
  #told = 0;
  left = () => {};
  attach = () => {};

  constructor() {
    this.conversation = new Conversation(this.stream, this);
  }

  now(): number {
    return 0;
  }

  submit(command: Command, settle: (outcome: Outcome) => void): void {
    this.#waiting.push({ command, settle });
  }

  touch(session: SessionId): boolean {
    return this.store.sessions.touch(session, 0);
  }

  ttlOf(session: SessionId): number {
    return this.store.sessions.get(session)?.ttlMs ?? 0;
  }

  under(prefix: string): StoredEntry[] {
    return this.store.tree.under(prefix);
  }

  watch(prefix: string, watch: HostWatch): void {
    this.#watches.add(prefix, watch);
  }

  unwatch(prefix: string, watch: HostWatch): void {
    this.#watches.remove(prefix, watch);
  }

  hear(...messages: ClientMessage[]): void {
    for (const message of messages) this.stream.onMessage(message);
  }

  /** Applies all that waits, then tells of it, one after the other. `meanwhile`: between the two. */
  commit(meanwhile: () => void = () => {}): void {
    const batch = this.#waiting.splice(0).map((each) => ({ ...each, outcome: this.store.apply(each.command) }));
    const writes = batch.filter(({ outcome }) => outcome.kind === "replied" && outcome.effects.length > 0);
    this.commitsApplied += writes.length;
    meanwhile();
    for (const { outcome, settle } of batch) {
      if (outcome.kind === "replied" && outcome.effects.length > 0) {
        this.#told++;
        for (const [watch, seen] of this.#watches.match(changesOf(outcome.effects))) watch.changed(seen, this.#told);
      }
      settle(outcome);
    }
  }

  write(key: string, value: number): void {
    const operations = [{ kind: "put", key, json: `${value}`, revision: undefined }] as const;
    this.submit({ kind: "write", session: this.conversation.session as SessionId, operations }, () => {});
  }

  /** Says hello, and is welcomed. */
  greeted(): this {
    this.hear({ kind: "hello", version: 1, ttlMs: 1000, session: null });
    this.commit();
    this.stream.take();
    return this;
  }

  said(): string[] {
    return this.stream.take<HostMessage>().map((message) => {
      if (message.kind === "snapshot")
        return `snapshot ${message.entries.map(({ key, json }) => key + json).join(" ")}`;
      if (message.kind !== "changes") return message.kind;
      return `changes ${message.changes.map((each) => (each.kind === "put" ? each.entry.key + each.entry.json : each.key)).join(" ")}`;
    });
  }
}

describe("a conversation with the host", () => {
  it("COORD-2.1 welcomes only when the session is durable", () => {
    const trial = new Trial();
    trial.hear({ kind: "hello", version: 1, ttlMs: 1000, session: null });
    expect(trial.said()).toEqual([]);
    trial.commit();
    const [welcome] = trial.stream.take<HostMessage & { kind: "welcome" }>();
    expect(welcome).toMatchObject({ ttlMs: 1000, session: { storeId: "store", epoch: 3, hostTag: "t" } });
    expect(welcome?.session.id).toMatch(/^[0-9a-z]{24}$/);
  });

  it("resumes a session it knows without a write, and keeps it alive", () => {
    const first = new Trial().greeted();
    const id = first.conversation.session as SessionId;
    const stream = new MemoryStream();
    const second = new Conversation(stream, first);
    stream.onMessage({
      kind: "hello",
      version: 1,
      ttlMs: 9,
      session: { id, storeId: "store", epoch: 2, hostTag: "s" },
    });
    expect(stream.take()).toMatchObject([{ kind: "welcome", session: { id } }]);
    expect(second.session).toBe(id);
    stream.onMessage({ kind: "keepAlive", number: 7 });
    expect(stream.take()).toEqual([{ kind: "alive", number: 7 }]);
  });

  it.each([
    { storeId: "other", epoch: 1, hostTag: "s" },
    { storeId: "store", epoch: 4, hostTag: "s" },
    { storeId: "store", epoch: 3, hostTag: "another third host" },
  ])("COORD-5.9 resumes no session of another history: %j", (history) => {
    const trial = new Trial().greeted();
    const id = trial.conversation.session as SessionId;
    const stream = new MemoryStream();
    const second = new Conversation(stream, trial);
    stream.onMessage({ kind: "hello", version: 1, ttlMs: 1000, session: { id, ...history } });
    trial.commit();
    const [welcome] = stream.take<HostMessage & { kind: "welcome" }>();
    expect(welcome?.session.id).toBe(second.session);
    expect(second.session).not.toBe(id);
    expect(trial.store.sessions.get(id)).toBeUndefined();
  });

  it("COORD-2.2 says when the session is over, refuses what still comes under it, and opens another", () => {
    const trial = new Trial().greeted();
    const id = trial.conversation.session as SessionId;
    trial.submit({ kind: "endSession", session: id }, () => trial.conversation.expired());
    trial.commit();
    const operations = [{ kind: "put", key: "/a", json: "1", revision: undefined }] as const;
    trial.hear({ kind: "call", call: 1, request: { kind: "write", operations } });
    trial.hear({ kind: "keepAlive", number: 1 });
    trial.commit();
    expect(trial.stream.take()).toMatchObject([
      { kind: "expired" },
      { kind: "failed", call: 1, reason: "SESSION_EXPIRED", notExecuted: true },
    ]);
    trial.hear({ kind: "hello", version: 1, ttlMs: 1000, session: null });
    trial.commit();
    expect(trial.said()).toEqual(["welcome"]);
    expect(trial.conversation.session).not.toBe(id);
  });

  it("answers a call that is wrong, and ends at a message that is", () => {
    const trial = new Trial().greeted();
    trial.hear({ kind: "call", call: 1, request: { kind: "get", key: "no key" } });
    expect(trial.stream.take()).toMatchObject([{ kind: "failed", call: 1, code: 3 }]);
    trial.stream.onMessage("nonsense");
    expect(SkylarkError.is(trial.stream.ended, "invalid_argument")).toBe(true);
  });

  it("bounds the calls that wait", () => {
    const trial = new Trial().greeted();
    for (let call = 0; call <= 1024; call++) trial.hear({ kind: "call", call, request: { kind: "get", key: "/a" } });
    expect(trial.stream.take()).toMatchObject([{ kind: "failed", call: 1024, code: 8, notExecuted: true }]);
  });

  it("sends a long answer in pages", () => {
    const trial = new Trial().greeted();
    for (let count = 0; count < 5; count++) {
      const entry = {
        key: `/l/${count}`,
        json: `"${"x".repeat(30_000)}"`,
        revision: "r" as Revision,
        owner: undefined,
      };
      trial.store.evolve({ kind: "put", entry });
    }
    trial.hear({ kind: "call", call: 1, request: { kind: "list", parent: "/l" } });
    trial.commit();
    const pages = trial.stream.take<HostMessage & { kind: "entries" }>();
    expect(pages.map(({ entries, more }) => [entries.length, more])).toEqual([
      [2, true],
      [2, true],
      [1, false],
    ]);
  });
});

describe("a watch at the host", () => {
  it("COORD-3.2 repeats no change that its snapshot shows already, also one that is being told of", () => {
    const trial = new Trial().greeted();
    trial.write("/a", 1);
    trial.write("/a", 2);
    trial.commit(() => trial.hear({ kind: "watch", watch: 1, prefix: "/" }));
    trial.write("/a", 3);
    trial.commit();
    expect(trial.said()).toEqual(["snapshot /a2", "changes /a3"]);
  });

  it("COORD-3.7 keeps nothing for a client without credit but a mark, and tells the whole truth when it reads again", () => {
    const trial = new Trial().greeted();
    trial.hear({ kind: "watch", watch: 1, prefix: "/" });
    expect(trial.said()).toEqual(["snapshot "]);
    trial.stream.credit = 0;
    for (let count = 0; count < 500; count++) {
      trial.write("/a", count);
      trial.commit();
    }
    trial.stream.grant(1000);
    const said = trial.said();
    expect(said.length).toBeLessThan(70);
    expect(said.at(-1)).toBe("snapshot /a499");
    trial.write("/a", 500);
    trial.commit();
    expect(trial.said()).toEqual(["changes /a500"]);
  });

  it("COORD-3.7 that has not begun to be read shows the state of the moment it is", () => {
    const trial = new Trial().greeted();
    trial.stream.credit = 0;
    trial.hear({ kind: "watch", watch: 1, prefix: "/" });
    trial.write("/a", 1);
    trial.commit();
    trial.stream.grant(10);
    expect(trial.said()).toEqual(["snapshot /a1"]);
  });

  it("COORD-3.9 is silent once it is closed", () => {
    const trial = new Trial().greeted();
    trial.hear({ kind: "watch", watch: 1, prefix: "/" }, { kind: "unwatch", watch: 1 }, { kind: "unwatch", watch: 9 });
    trial.stream.take();
    trial.write("/a", 1);
    trial.commit();
    expect(trial.said()).toEqual([]);
  });
});
