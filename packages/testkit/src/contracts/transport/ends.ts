import { expect, it } from "vitest";
import { expectSame, gather, pattern } from "./gathered.js";
import type { Ground } from "./ground.js";
import { turns } from "./turns.js";

export function endsContract(ground: Ground): void {
  it("sends what was written before its end, however much, and closes both sides once", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    const sent = pattern(8_000_000, 6);
    near.write(sent);
    near.end();
    near.end();
    expect(await heard.closed).toBeUndefined();
    expect(await own.closed).toBeUndefined();
    expectSame(heard.gathered(), sent);
    await turns();
    expect([heard.closes, own.closes]).toEqual([1, 1]);
  });

  it("lets what the other side wrote before it knew arrive", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    far.write(Buffer.from("late"));
    near.end();
    await Promise.all([heard.closed, own.closed]);
    expect(own.gathered().toString()).toBe("late");
  });

  it("tells both sides once when one destroys it, and hands out nothing more there", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    far.write(pattern(100_000, 7));
    near.destroy();
    near.destroy();
    await Promise.all([heard.closed, own.closed]);
    await turns();
    expect(own.gathered()).toHaveLength(0);
    expect([heard.closes, own.closes]).toEqual([1, 1]);
  });

  it("does not mind both sides ending it at the same time", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    near.end();
    far.end();
    await Promise.all([heard.closed, own.closed]);
    await turns();
    expect([heard.closes, own.closes]).toEqual([1, 1]);
  });

  it("passes over what is written after the end", async () => {
    const { near, far } = await ground.pair();
    const heard = gather(far);
    const own = gather(near);
    near.write(Buffer.from("before"));
    near.end();
    near.write(Buffer.from("after"));
    await Promise.all([heard.closed, own.closed]);
    near.write(Buffer.from("long after"));
    near.end();
    near.destroy();
    await turns();
    expect(heard.gathered().toString()).toBe("before");
    expect(own.closes).toBe(1);
  });
}
