import { deferred } from "@skylark/core/internal";
import { expect, it } from "vitest";
import { cut, expectSame, gather, pattern } from "./gathered.js";
import type { Ground } from "./ground.js";
import { turn } from "./turns.js";

export function bytesContract(ground: Ground): void {
  it("carries bytes both ways, in order, however they are cut", async () => {
    const { near, far } = await ground.pair();
    const [sent, answered] = [pattern(300_000, 1), pattern(200_000, 2)];
    const heard = gather(far);
    const echoed = gather(near);
    for (const piece of cut(sent)) near.write(Buffer.from(piece));
    for (const piece of cut(answered)) far.write(Buffer.from(piece));
    expectSame(await heard.bytes(sent.length), sent);
    expectSame(await echoed.bytes(answered.length), answered);
  });

  it("hands out bytes that stay what they are", async () => {
    const { near, far } = await ground.pair();
    const chunks: Buffer[] = [];
    const all = deferred();
    let length = 0;
    far.onData = (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length === 100_000) all.resolve();
    };
    const sent = pattern(100_000, 3);
    for (const piece of cut(sent)) {
      near.write(Buffer.from(piece));
      await turn();
    }
    await all.promise;
    expectSame(Buffer.concat(chunks), sent);
  });

  it("is done with the memory of a write that it says it has taken", async () => {
    const { near, far } = await ground.pair();
    const heard = gather(far);
    const sent = pattern(2_000_000, 4);
    let slab = Buffer.alloc(16_384);
    for (let at = 0; at < sent.length; at += slab.length) {
      const bytes = slab.subarray(0, Math.min(slab.length, sent.length - at));
      sent.copy(bytes, 0, at);
      if (near.write(bytes)) bytes.fill(0xff);
      else slab = Buffer.alloc(16_384); // it still reads from the other
    }
    expectSame(await heard.bytes(sent.length), sent);
  });

  it("says when the other side is behind, and when it has caught up", async () => {
    const { near, far } = await ground.pair();
    const heard = gather(far);
    const drained = deferred();
    near.onDrain = () => drained.resolve();
    const piece = pattern(64 * 1024, 5);
    let written = 0;
    while (!near.backedUp) {
      near.write(Buffer.from(piece));
      written += piece.length;
    }
    expect(near.unsentBytes).toBeGreaterThan(0);
    await drained.promise;
    expect(near.backedUp).toBe(false);
    expect((await heard.bytes(written)).length).toBe(written);
    expect(near.unsentBytes).toBe(0);
  });
}
