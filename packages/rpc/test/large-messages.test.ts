import { expect, it } from "vitest";
import { patterned } from "./support/frames.js";
import { overEachNetwork } from "./support/world.js";

const mebibyte = 1024 * 1024;

overEachNetwork("a reply of 100 MiB", (world) => {
  it("RPC-3.4 RPC-LARGE-2 delays no small call: they are answered while it is on its way", async () => {
    const large = patterned(100 * mebibyte);
    const { calls } = await world().pair(
      {
        async large(): Promise<Buffer> {
          return large;
        },
        async small(value: number): Promise<number> {
          return value;
        },
      },
      { messageBytesMax: 128 * mebibyte, timeoutMs: 60_000 },
    );
    await calls.small(0);
    const state = { isHere: false, answered: 0 };
    const reply = calls.large().then((bytes) => {
      state.isHere = true;
      return bytes;
    });
    while (!state.isHere) state.answered = await calls.small(state.answered + 1);
    expect((await reply).equals(large)).toBe(true);
    expect(state.answered).toBeGreaterThan(10); // one behind the other: each was a round trip past the large one
    expect(world().tap.dials).toBe(1);
  }, 60_000);
});
