import { type Application, call, connect, defineService, remote, SkylarkError, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { instanceClient } from "./instance-client.js";
import { World } from "./world.js";

const Grade = z.object({ student: z.number(), points: z.number().max(100) });

const Grading = defineService("grading", {
  version: "1.0.0",
  methods: {
    students: { output: z.array(z.string()) },
    watchGrades: {
      input: z.object({ student: z.number(), from: z.number().default(0) }),
      stream: Grade,
      description: "Each grade as it is given.",
    },
  },
});

const watched = { left: 0 };

const handlers = {
  students: () => ["Ada"],
  async *watchGrades({ student, from }: { student: number; from: number }) {
    try {
      for (let points = from; ; points++) yield { student, points };
    } finally {
      watched.left++;
    }
  },
};

const ticker = {
  /** Some ticks, and the word at the end of them. */
  async *ticks(count: number): AsyncGenerator<number> {
    for (let tick = 1; tick <= count; tick++) yield tick;
  },
  once: async () => "once",
};

async function all<Message>(messages: AsyncIterable<Message>): Promise<Message[]> {
  const read: Message[] = [];
  for await (const message of messages) read.push(message);
  return read;
}

async function thrownBy(work: Promise<unknown>): Promise<SkylarkError> {
  return SkylarkError.from(await work.catch((thrown: unknown) => thrown));
}

describe("a stream of a contract", () => {
  it("RPC-4.1 is read by for await, checked on both ends, and left by break", async () => {
    const world = new World();
    await serve(Grading, handlers, { application: world.application() });
    const grading = await connect(Grading, { application: world.application() });
    const points: number[] = [];
    watched.left = 0;
    for await (const grade of grading.watchGrades({ student: 3, from: 97 })) {
      expect(grade.student).toBe(3);
      if (points.push(grade.points) === 3) break;
    }
    expect(points).toEqual([97, 98, 99]);
    await expect.poll(() => watched.left).toBe(1);
    const broken = await thrownBy(all(grading.watchGrades({ student: 3, from: 99 })));
    expect(broken).toMatchObject({ code: "internal", reason: "VALIDATION" });
    expect(broken.message).toMatch(/^grading\.watchGrades broke its own contract: a message has points: /);
    expect(watched.left).toBe(2);
    const refused = await thrownBy(all(grading.watchGrades({ student: "3" } as never)));
    expect(refused).toMatchObject({ code: "invalid_argument", reason: "VALIDATION", notExecuted: true });
    expect(refused.message).toContain("grading.watchGrades refuses its input: student: ");
  });

  it("is refused beside an output, and without a handler", () => {
    const both = { output: Grade, stream: Grade } as never;
    expect(() => defineService("both", { version: "1", methods: { watch: both } })).toThrow(
      "both.watch has an output and a stream: a method has one of them",
    );
  });

  it("RPC-14.1 is described with its shape and what its messages are", async () => {
    const provider = new World().application();
    await serve(Grading, handlers, { application: provider });
    const asker = instanceClient(provider);
    const { services } = await asker.functions.describe();
    asker.close();
    expect(services.find(({ name }) => name === "grading")?.methods[1]).toEqual({
      name: "watchGrades",
      shape: "server-stream",
      idempotent: false,
      description: "Each grade as it is given.",
      input: expect.objectContaining({ required: ["student"] }),
      message: expect.objectContaining({ type: "object", required: ["student", "points"] }),
    });
  });
});

describe("a stream of a module", () => {
  async function consumer(world: World): Promise<Application> {
    await serve("ticker", ticker, { application: world.application(), idempotent: ["ticks"] });
    return world.application();
  }

  it("RPC-4.1 is what an async generator becomes, also before anything is connected", async () => {
    const world = new World();
    const application = await consumer(world);
    const client = await connect<typeof ticker>("ticker", { application });
    expect(await all(client.ticks(3))).toEqual([1, 2, 3]);
    expect(await all(client.ticks(2))).toEqual([1, 2]); // now the shape is known
    const alone = world.application({ settings: { cluster: "elsewhere" } });
    const early = await connect<typeof ticker>("ticker", { application: alone });
    expect(await early.with({ wait: false }).ticks(1).return()).toEqual({ done: true, value: undefined });
  });

  it("RPC-2.2 is the same local or remote", async () => {
    const application = await consumer(new World());
    const there = remote<typeof ticker>("ticker", { application });
    for (const { ticks } of [ticker, there, there]) {
      expect(await all(ticks(3))).toEqual([1, 2, 3]);
      const stream = ticks(5);
      expect(await stream.next()).toEqual({ done: false, value: 1 });
      expect(await stream.return?.(undefined)).toMatchObject({ done: true });
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    }
    expect(await there.once()).toBe("once");
  });

  it("RPC-2.2 is itself when it is awaited, as a generator is, whether anything is connected yet or not", async () => {
    const application = await consumer(new World());
    const client = await connect<typeof ticker>("ticker", { application });
    const { ticks } = remote<typeof ticker>("ticker", { application });
    for (const each of [ticker.ticks, ticks, ticks, client.ticks, client.ticks]) {
      async function opened(): Promise<AsyncIterable<number>> {
        return each(2);
      }
      expect(await all(await opened())).toEqual([1, 2]);
    }
  });

  it("is the only thing that can be iterated: the error says what to do", async () => {
    const application = await consumer(new World());
    const client = await connect<typeof ticker>("ticker", { application });
    const iterated = await thrownBy(all(client.once() as unknown as AsyncIterable<unknown>));
    expect(iterated).toMatchObject({ code: "unimplemented", reason: "WRONG_SHAPE", notExecuted: true });
    expect(iterated.message).toContain("ticker.once answers once and is no stream: await it");
  });

  it("fails where it is read, and nowhere else, when nobody offers it", async () => {
    const application = new World().application();
    await connect("ticker", { application }); // the store has been heard: that takes its own time
    const client = await connect<typeof ticker>("ticker", { application, timeoutMs: 100 });
    const { ticks } = remote<typeof ticker>("ticker", { application, timeoutMs: 1000 });
    for (const stream of [client.ticks(1), ticks(1), client.with({ wait: false }).ticks(1)]) {
      const failing = await thrownBy(all(stream));
      expect(failing).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE", notExecuted: true });
      expect(await stream.next()).toEqual({ value: undefined, done: true });
    }
  });

  it("inherits the call being served where it is read, and ends with it", async () => {
    const world = new World();
    const application = await consumer(world);
    const client = await connect<typeof ticker>("ticker", { application });
    const reader = { last: async () => ((await all(client.ticks(4))).at(-1) ?? 0) + call().attempt };
    await serve("reader", reader, { application });
    const reading = await connect<typeof reader>("reader", { application: world.application() });
    expect(await reading.last()).toBe(5);
  });
});
