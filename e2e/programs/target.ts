import { application, call, connect, SkylarkError, serve } from "skylark";
import { answer } from "./side.js";

/** What both languages offer each other: `e2e/programs/python_target.py` is the same in Python. */
let left = 0;

const target = {
  echo: async (value: unknown): Promise<unknown> => value,
  fail: async (id: number): Promise<never> => {
    throw new SkylarkError("not_found", `there is no ${id}`, { details: { id } });
  },
  /** Ends when its caller gives up. */
  hold: (): Promise<void> =>
    new Promise((resolve) => {
      const { signal } = call();
      signal.addEventListener("abort", () => {
        left++;
        resolve();
      });
    }),
  /** How many of those were left. */
  left: async (): Promise<number> => left,
  async *count(most: number): AsyncGenerator<number> {
    for (let each = 1; each <= most; each++) yield each;
  },
};

type Target = typeof target;

const plenty = { timeoutMs: 60_000 };

/** Each answers with what it saw. */
const conversations: Readonly<Record<string, (client: Awaited<ReturnType<typeof connected>>) => Promise<unknown>>> = {
  values: async (client) => {
    const value = { at: new Date(5), big: 2n ** 60n, bytes: Buffer.from("00ff", "hex"), list: [null, 1.5, "ü"] };
    const echoed = (await client.with(plenty).echo(value)) as typeof value;
    return [echoed.at.getTime(), String(echoed.big), echoed.bytes.toString("hex"), echoed.list];
  },
  error: (client) =>
    client
      .with(plenty)
      .fail(7)
      .catch((thrown: unknown) => [codeOf(thrown), SkylarkError.from(thrown).details]),
  deadline: (client) => client.with({ timeoutMs: 50 }).hold().catch(codeOf),
  cancellation: async (client) => {
    const before = await client.with(plenty).left();
    const abort = new AbortController();
    const held = client.with({ ...plenty, signal: abort.signal }).hold();
    await client.with(plenty).echo("behind it"); // on the same connection: the other has begun
    abort.abort();
    const code = await held.catch(codeOf);
    while ((await client.with(plenty).left()) === before) await new Promise((resolve) => setTimeout(resolve, 10));
    return code;
  },
  stream: async (client) => {
    let sum = 0;
    for await (const each of client.count(1000)) sum += each;
    for await (const each of client.count(1_000_000)) if (each === 10) break;
    return sum;
  },
  mebibyte: async (client) => ((await client.with(plenty).echo("a".repeat(2 ** 20))) as string).length,
  hundred: async (client) => {
    const calls = Array.from({ length: 100 }, (_, at) => client.with(plenty).echo(at));
    return (await Promise.all(calls)).every((each, at) => each === at);
  },
};

function codeOf(thrown: unknown): string {
  return SkylarkError.from(thrown).code;
}

function connected(service: string) {
  return connect<Target>(service, { timeoutMs: 60_000 });
}

const served = await serve("target", target);

answer(
  { instance: served.instance, address: served.address, url: application().url, pid: process.pid },
  {
    /** Has every conversation with another process that offers the same under this name. */
    converse: async (service: string) => {
      const client = await connected(service);
      const seen: Record<string, unknown> = {};
      for (const [name, converse] of Object.entries(conversations)) seen[name] = await converse(client);
      return seen;
    },
    /** A call that is under way until the other leaves. */
    echo: async (service: string) => (await connected(service)).echo("here"),
  },
);
