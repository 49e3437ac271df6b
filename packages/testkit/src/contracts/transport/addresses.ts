import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import type { Wire } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { expectSame, gather, pattern } from "./gathered.js";
import type { Ground } from "./ground.js";

export function addressesContract(ground: Ground): void {
  it("refuses where nobody listens", async () => {
    const listener = await ground.listen(() => {});
    await listener.close();
    await expect(ground.dial(listener.address)).rejects.toMatchObject({
      code: "unavailable",
      reason: "CONNECTION_LOST",
      message: expect.stringContaining(listener.address) as string,
    });
  });

  it("refuses an address that is taken, and leaves the first listener alone", async () => {
    const listener = await ground.listen(() => {});
    await expect(ground.listen(() => {}, listener.address)).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("taken") as string,
    });
    await ground.dial(listener.address);
  });

  it("frees the address of a listener that is closed", async () => {
    const listener = await ground.listen(() => {});
    await listener.close();
    const again = await ground.listen(() => {}, listener.address);
    expect(again.address).toBe(listener.address);
    await ground.dial(again.address);
  });

  it("leaves connections alive when their listener is closed", async () => {
    const { near, far, listener } = await ground.pair();
    await listener.close();
    const heard = gather(far);
    near.write(Buffer.from("still there"));
    expect((await heard.bytes(11)).toString()).toBe("still there");
  });

  it("accepts many connections and keeps them apart", async () => {
    const accepted: Wire[] = [];
    const all = deferred();
    const listener = await ground.listen((wire) => {
      wire.onData = (chunk) => wire.write(chunk);
      if (accepted.push(wire) === 20) all.resolve();
    });
    const near = await Promise.all(Array.from({ length: 20 }, () => ground.dial(listener.address)));
    await all.promise;
    const echoes = near.map((wire, at) => {
      const echo = gather(wire);
      wire.write(pattern(50_000, at));
      return echo;
    });
    for (const [at, echo] of echoes.entries()) expectSame(await echo.bytes(50_000), pattern(50_000, at));
  });

  it("gives up a dial when told, before it began and under way", async () => {
    const listener = await ground.listen(() => {});
    await expect(ground.dial(listener.address, AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
    const giveUp = new AbortController();
    const dialling = ground.dial(listener.address, giveUp.signal);
    giveUp.abort(new SkylarkError("deadline_exceeded", "too late"));
    await expect(dialling).rejects.toMatchObject({ code: "deadline_exceeded", message: "too late" });
  });

  it("rejects what is no address of its kind", async () => {
    for (const address of [ground.nonsense, "nowhere"]) {
      await expect(ground.dial(address)).rejects.toMatchObject({ code: "invalid_argument" });
      await expect(ground.listen(() => {}, address)).rejects.toMatchObject({ code: "invalid_argument" });
    }
  });
}
