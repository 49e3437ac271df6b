import type { LookupAddress } from "node:dns";
import { type Deferred, deferred, ManualClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { HostLookup } from "../src/http/host-lookup.js";

class Scene {
  readonly clock = new ManualClock();
  /** What the system was asked for, in order. */
  readonly asked: (Deferred<readonly LookupAddress[]> & { readonly host: string })[] = [];
  readonly hosts = new HostLookup(this.clock, (host) => {
    const asked = { ...deferred<readonly LookupAddress[]>(), host };
    this.asked.push(asked);
    return asked.promise;
  });

  answer(host: string, ...addresses: readonly string[]): void {
    const found = this.asked.findLast((each) => each.host === host);
    found?.resolve(addresses.map((address) => ({ address, family: 4 })));
  }

  fail(host: string): void {
    this.asked.findLast((each) => each.host === host)?.reject(new Error(`${host} is not known`));
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe("the look-up of hosts", () => {
  it("asks for a host once, however many want it, and knows it for a while", async () => {
    const scene = new Scene();
    const all = [scene.hosts.addresses("mars"), scene.hosts.addresses("mars")];
    scene.answer("mars", "10.0.0.1");
    expect((await Promise.all(all)).flat().map(({ address }) => address)).toEqual(["10.0.0.1", "10.0.0.1"]);
    scene.clock.advance(9000);
    await scene.hosts.addresses("mars");
    expect(scene.asked).toHaveLength(1);
  });

  it("goes on with what was good while it asks again, and where that fails", async () => {
    const scene = new Scene();
    const first = scene.hosts.addresses("mars");
    scene.answer("mars", "10.0.0.1");
    await first;
    await settled();
    scene.clock.advance(20_000);
    expect((await scene.hosts.addresses("mars"))[0]?.address).toBe("10.0.0.1");
    expect(scene.asked).toHaveLength(2);
    scene.fail("mars");
    await settled();
    expect((await scene.hosts.addresses("mars"))[0]?.address).toBe("10.0.0.1");
    scene.clock.advance(20_000);
    await scene.hosts.addresses("mars");
    scene.answer("mars", "10.0.0.2");
    await settled();
    expect((await scene.hosts.addresses("mars"))[0]?.address).toBe("10.0.0.2");
    expect(scene.asked).toHaveLength(3);
  });

  it("lets those who are not found delay nobody who was", async () => {
    const scene = new Scene();
    const mars = scene.hosts.addresses("mars");
    scene.answer("mars", "10.0.0.1");
    await mars;
    await settled();
    const lost = Array.from({ length: 10 }, (_, n) => scene.hosts.addresses(`lost-${n}`).catch(() => "lost"));
    await settled();
    expect(scene.asked).toHaveLength(3); // two at once
    scene.clock.advance(60_000);
    expect((await scene.hosts.addresses("mars"))[0]?.address).toBe("10.0.0.1");
    for (let n = 0; n < 10; n++) {
      scene.fail(`lost-${n}`);
      await settled();
    }
    expect(new Set(await Promise.all(lost))).toEqual(new Set(["lost"]));
  });

  it("tells a failure to all who wait, and asks again later", async () => {
    const scene = new Scene();
    const waiting = [scene.hosts.addresses("mars"), scene.hosts.addresses("mars")];
    scene.fail("mars");
    for (const each of waiting) await expect(each).rejects.toThrow("not known");
    await expect(scene.hosts.addresses("mars")).rejects.toThrow("not known");
    expect(scene.asked).toHaveLength(1);
    scene.clock.advance(20_000);
    const again = scene.hosts.addresses("mars");
    scene.answer("mars", "10.0.0.1");
    expect((await again)[0]?.address).toBe("10.0.0.1");
  });

  it("never asks for this machine itself", async () => {
    const { hosts, asked } = new Scene();
    for (const host of ["localhost", "LOCALHOST.", "api.localhost"]) {
      expect((await hosts.addresses(host)).map(({ address }) => address)).toEqual(["127.0.0.1", "::1"]);
    }
    expect(asked).toEqual([]);
  });

  it("answers as a connection wants it: all, one, or one of a family", async () => {
    const { hosts } = new Scene();
    const answers = (options: object): Promise<unknown[]> =>
      new Promise((resolve) => {
        hosts.lookup("localhost", options, (...given) => resolve(given));
      });
    expect(await answers({ all: true })).toEqual([null, [expect.anything(), expect.anything()]]);
    expect(await answers({})).toEqual([null, "127.0.0.1", 4]);
    expect(await answers({ family: 6 })).toEqual([null, "::1", 6]);
    expect(await answers({ family: "IPv6", all: true })).toEqual([null, [{ address: "::1", family: 6 }]]);
  });
});
