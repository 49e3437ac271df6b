import { ManualClock, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { EmbeddedEngine } from "../../src/client/embedded-engine.js";
import { Conversation, type ConversationHost, type HostWatch } from "../../src/embedded/conversation.js";
import { StoreClient } from "../../src/engine/store-client.js";
import type { Coordination, SessionId, StoreStatus, WatchEvent } from "../../src/port.js";
import type { HostMessage, KnownSession } from "../../src/protocol/messages.js";
import type { Command, Outcome } from "../../src/state/command.js";
import { changesOf } from "../../src/state/effect.js";
import { Store } from "../../src/state/store.js";
import type { StoredEntry } from "../../src/state/tree.js";
import { WatchTable } from "../../src/state/watch-table.js";
import { MemoryStream } from "../memory-stream.js";
import { type RecordedMessage, recorded, withLaterFields } from "./recorded.js";

/*
 * A session of the embedded store as a client and a host of the former version held it, with either side replaced by one of
 * today. `later`: every object has a field that nobody knows yet.
 */

const welcome = recorded.session.find(({ message }) => message.kind === "welcome")?.message as {
  session: KnownSession;
};
const before = welcome.session;

/** A host without a journal that continues the former one: the same store, number and mark. */
class Host implements ConversationHost {
  readonly storeId = before.storeId;
  readonly epoch = before.epoch;
  readonly hostTag = before.hostTag;
  readonly stream = new MemoryStream();
  readonly #store = new Store(0);
  readonly #watches = new WatchTable<HostWatch>();
  readonly conversation: Conversation;
  commitsApplied = 0;
  left = () => {};
  attach = () => {};
  now = () => 0;
  touch = (session: SessionId): boolean => this.#store.sessions.touch(session, 0);
  ttlOf = (session: SessionId): number => this.#store.sessions.get(session)?.ttlMs ?? 0;
  under = (prefix: string): StoredEntry[] => this.#store.tree.under(prefix);
  watch = (prefix: string, watch: HostWatch): void => this.#watches.add(prefix, watch);
  unwatch = (prefix: string, watch: HostWatch): void => this.#watches.remove(prefix, watch);

  constructor() {
    this.#store.apply({ kind: "host", tag: before.hostTag });
    this.conversation = new Conversation(this.stream, this);
  }

  submit(command: Command, settle: (outcome: Outcome) => void): void {
    const outcome = this.#store.apply(command);
    if (outcome.kind === "replied" && outcome.effects.length > 0) {
      this.commitsApplied++;
      for (const [watch, seen] of this.#watches.match(changesOf(outcome.effects)))
        watch.changed(seen, this.commitsApplied);
    }
    settle(outcome);
  }

  /** Answers a client that says this, one message after the other. */
  answers(messages: readonly RecordedMessage[]): HostMessage[] {
    for (const { from, message } of messages) if (from === "client") this.stream.onMessage(message);
    return this.stream.take<HostMessage>();
  }
}

/** The client of the recording, and what it learned. */
async function asRecorded(client: Coordination): Promise<unknown[]> {
  const events: WatchEvent[] = [];
  const watch = client.watch("/apps", (event) => events.push(event));
  await client.create("/apps/title", { text: "Grades" });
  const here = await client.create("/apps/here", "own", { ephemeral: true });
  const refused: unknown = await client.create("/apps/title", 1).catch((thrown: unknown) => thrown);
  const learned = [
    refused,
    await client.get("/apps/title"),
    await client.get("/apps/none"),
    await client.list("/apps"),
    await client.children("/"),
    await client.multi([
      { kind: "check", key: "/apps/here", revision: here.revision },
      { kind: "put", key: "/apps/title", value: [1, null, "ü"] },
    ]),
    await client.delete("/apps/here"),
    events,
  ];
  watch.close();
  return learned;
}

describe.each([
  { fields: "as they were", change: <T>(message: T): T => message },
  { fields: "with fields of later versions", change: withLaterFields },
])("messages of the former version, $fields", ({ change }) => {
  it("COORD-5.1 from a client are answered by today's host as they were", () => {
    const host = new Host();
    const hello = host.answers(recorded.session.slice(0, 1).map(change));
    const { session } = hello[0] as { session: KnownSession };
    const own = JSON.parse(JSON.stringify(recorded).replaceAll(before.id, session.id)) as typeof recorded;
    const expected = own.session.flatMap(({ from, message }) => (from === "host" ? [message] : []));
    expect([...hello, ...host.answers(own.session.slice(1).map(change))]).toMatchObject(expected);
  });

  it("COORD-5.1 from a host are understood by today's client, who says what was said", async () => {
    const clock = new ManualClock();
    const stream = new MemoryStream();
    const reach = { connect: async () => ({ stream, close: () => stream.close() }), close: async () => {} };
    const options = { reach, ttlMs: 1000, openTimeoutMs: 60_000, clock, random: seededRandom(1), log: () => {} };
    const engine = new EmbeddedEngine(options, () => ({}) as StoreStatus);
    const client = new StoreClient(engine);
    const learning = engine.opened.then(() => asRecorded(client));
    let closing: Promise<void> | undefined;
    for (const { from, message } of recorded.session) {
      if (message.kind === "keepAlive") clock.advance(1000 / 3);
      if (message.kind === "leave") closing = client.close();
      if (from === "host") stream.onMessage(change(message));
      else {
        await expect.poll(() => stream.sent.length).toBeGreaterThan(0);
        expect(stream.sent.shift()).toMatchObject(message);
      }
    }
    await closing;
    const revision = (number: number): string => `${number}.${before.hostTag}`;
    const title = { key: "/apps/title", value: { text: "Grades" }, revision: revision(1) };
    const here = { key: "/apps/here", value: "own", revision: revision(2), owner: before.id };
    const changed = { key: "/apps/title", value: [1, null, "ü"], revision: revision(3) };
    expect(await learning).toMatchObject([
      { code: "already_exists" },
      title,
      undefined,
      [here, title],
      ["apps"],
      [changed],
      true,
      [
        { kind: "snapshot", entries: [] },
        ...[title, here, changed].map((entry) => ({ kind: "changes", changes: [{ kind: "put", entry }] })),
        { kind: "changes", changes: [{ kind: "deleted", key: "/apps/here" }] },
      ],
    ]);
  });
});
