import { expect, it } from "vitest";
import { wireLimits } from "../src/wire/frame.js";
import { patterned } from "./support/frames.js";
import { all, counting } from "./support/server-streams.js";
import { turns, until } from "./support/until.js";
import { overEachNetwork } from "./support/world.js";

const window = wireLimits.streamWindowBytes;

overEachNetwork("the flow of server streams", (world) => {
  it("RPC-4.3 RPC-SERVER-STREAM-4 pass 64 MiB through a slow reader, and hold no more than the window and one message of it", async () => {
    const message = 16_000;
    const messages = Math.ceil((64 * 1024 * 1024) / message);
    const bytes = patterned(message - 3); // three bytes say what it is and how long
    const seen = { made: 0, taken: 0, most: 0 };
    const { calls } = await world().pair({
      async *flood(): AsyncGenerator<Buffer> {
        for (; seen.made < messages; ) {
          seen.made++;
          yield bytes;
        }
      },
    });
    for await (const taken of calls.flood()) {
      // whatever was made and not taken lies in between: at the writer, on the way, or at the reader
      seen.most = Math.max(seen.most, (seen.made - seen.taken) * message);
      seen.taken++;
      expect(taken.length).toBe(message - 3);
      if (seen.taken % 16 === 0) await turns(2); // everybody else goes as far as they can
    }
    expect(seen.taken).toBe(messages);
    expect(seen.most).toBeLessThanOrEqual(window + message);
    expect(seen.most, "the writer runs ahead as far as it may").toBeGreaterThan(window / 2);
  });

  it("RPC-4.3 RPC-SERVER-STREAM-4 stop a handler whose reader does not read, whatever else goes on", async () => {
    const seen = { made: 0 };
    const { calls } = await world().pair({
      ...counting().functions,
      async *large(): AsyncGenerator<Buffer> {
        for (let at = 0; ; at++) {
          seen.made = at + 1;
          yield patterned(100_000, at);
        }
      },
    });
    const stuck = calls.large();
    await stuck.next();
    await until(() => seen.made >= 3);
    await turns(50);
    expect(seen.made).toBe(3); // what spends the window; one of them was taken, and that is not half of it
    expect(await all(calls.count(1000))).toHaveLength(1000);
    await turns(50);
    expect(seen.made).toBe(3);
    for (let at = 1; at < 40; at++) {
      const { value } = await stuck.next();
      expect((value as Buffer).equals(patterned(100_000, at))).toBe(true);
    }
    await until(() => seen.made >= 40);
    await stuck.return();
  });

  it("RPC-STREAM-3 let one message be longer than the window", async () => {
    const { calls } = await world().pair({
      async *longer(): AsyncGenerator<Buffer> {
        for (let at = 0; at < 3; at++) yield patterned(3_000_000, at);
      },
    });
    const read = await all(calls.longer());
    expect(read.map((each, at) => each.equals(patterned(3_000_000, at)))).toEqual([true, true, true]);
  });

  it("pass many small messages, and let others have their turn between them", async () => {
    const { calls } = await world().pair({ ...counting().functions, beside: async () => "beside" });
    const seen = { read: 0, answered: 0 };
    const asking = (async () => {
      for (; seen.read < 20_000; seen.answered++) await calls.beside();
    })();
    for await (const number of calls.count()) {
      expect(number).toBe(++seen.read);
      if (seen.read === 20_000) break;
    }
    await asking;
    expect(seen.answered).toBeGreaterThan(10);
  });
});
