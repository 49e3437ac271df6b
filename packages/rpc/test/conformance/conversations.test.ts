import { readFileSync } from "node:fs";
import { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { failureOf } from "../support/until.js";
import { serviceOf, World } from "../support/world.js";
import type { Conversation, Step } from "./conversation.js";
import { described, revived } from "./described.js";
import { vectorFolder } from "./files.js";
import { Player } from "./player.js";

const all = JSON.parse(readFileSync(new URL("conversations.json", vectorFolder), "utf8")) as readonly Conversation[];

/** The service of the conversations, as `conformance/rpc/README.md` describes it. */
const target = {
  echo: async (value: unknown): Promise<unknown> => value,
  fail: async (id: unknown): Promise<never> => {
    throw new SkylarkError("not_found", `there is no ${String(id)}`, { details: { id } });
  },
  hold: (): Promise<never> => new Promise(() => {}),
  async *count(most: number): AsyncGenerator<number> {
    for (let each = 1; each <= most; each++) yield each;
  },
  async *flood(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(10_000);
  },
};

describe("a provider", () => {
  it.each(all.filter(({ under }) => under === "provider"))("RPC-10.4 $clauses: $name", async ({ steps }) => {
    const world = new World("memory");
    const provider = await world.provide([serviceOf("target", target)], { instance: "target-1" });
    const player = new Player(await world.tap.dial(provider.endpoint.address, new AbortController().signal));
    for (const step of steps) await expectPlayed(player, step);
    player.hangUp();
    await world.close();
  });
});

describe("a caller", () => {
  it.each(all.filter(({ under }) => under === "caller"))("RPC-10.4 $clauses: $name", async ({ steps }) => {
    const world = new World("memory");
    let dialled: (player: Player) => void = () => {};
    const dialling = new Promise<Player>((resolve) => (dialled = resolve));
    const listener = await world.tap.listen("memory://target-1", (wire) => dialled(new Player(wire)));
    const channel = world.client().channel("target", { timeoutMs: 60_000 });
    channel.update([{ id: "target-1", address: "memory://target-1" }]);
    const done = new Done(channel);
    const [first] = steps.filter((step) => "call" in step || "watch" in step);
    // it dials when it is used first
    if (first) await done.take(first);
    const player = await dialling;
    for (const step of steps.filter((each) => each !== first)) await expectPlayed(player, step, done);
    player.hangUp();
    channel.close();
    await listener.close();
    await world.close();
  });
});

async function expectPlayed(player: Player, step: Step, done?: Done): Promise<void> {
  if ("say" in step) player.say(step.say);
  else if ("hear" in step) await player.hear(step.hear);
  else if ("quiet" in step) player.expectQuiet(step.quiet);
  else if ("closed" in step) await player.closed();
  else if (done) await done.take(step);
  else throw new Error(`nobody knows how to play ${JSON.stringify(step)}`);
}

type Channel = ReturnType<ReturnType<World["client"]>["channel"]>;

/** What the caller under test was told to do, by name. */
class Done {
  readonly #channel: Channel;
  readonly #calls = new Map<string, { outcome: Promise<unknown>; abort: AbortController }>();
  readonly #streams = new Map<
    string,
    { stream: ReturnType<Channel["stream"]>; next: Promise<IteratorResult<unknown>> | undefined }
  >();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  async take(step: Step): Promise<void> {
    if ("call" in step) {
      const abort = new AbortController();
      const outcome = this.#channel.call(step.method, step.arguments.map(revived), { signal: abort.signal });
      outcome.catch(() => {}); // told by the step that asks for it
      this.#calls.set(step.call, { outcome, abort });
    } else if ("watch" in step) {
      const stream = this.#channel.stream(step.method, step.arguments.map(revived));
      const next = stream.next();
      next.catch(() => {});
      this.#streams.set(step.watch, { stream, next });
    } else if ("cancel" in step) {
      this.#calls.get(step.cancel)?.abort.abort();
      void this.#streams.get(step.cancel)?.stream.return();
    } else if ("outcome" in step) await this.#expect(step);
  }

  async #expect(step: Extract<Step, { outcome: string }>): Promise<void> {
    const outcome = this.#outcome(step.outcome);
    if (step.error) expect(await failureOf(outcome)).toMatchObject(step.error);
    else if (step.end) expect(await outcome).toEqual({ value: undefined, done: true });
    else expect(described(await outcome)).toEqual(this.#expected(step));
  }

  #expected({ outcome, value }: Extract<Step, { outcome: string }>): unknown {
    return this.#streams.has(outcome) ? { value, done: false } : value;
  }

  #outcome(name: string): Promise<unknown> {
    const held = this.#streams.get(name);
    if (!held) return this.#calls.get(name)?.outcome ?? Promise.reject(new Error(`there is no "${name}"`));
    const next = held.next ?? held.stream.next();
    held.next = undefined;
    return next;
  }
}
