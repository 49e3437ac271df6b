import { seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { HostRing } from "../../src/session/host-ring.js";

const hosts = ["a", "b", "c", "d"].map((host) => ({ host, port: 1 }));

function round(ring: HostRing): string {
  return Array.from({ length: ring.size }, () => ring.next().host).join("");
}

describe("a ring of hosts", () => {
  it("comes to every host, always in the same order", () => {
    const ring = new HostRing(hosts, seededRandom(1));
    const first = round(ring);
    expect(first.split("").toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(round(ring)).toBe(first);
  });

  it("is shuffled for each client, fairly enough", () => {
    const firsts = new Map<string, number>();
    for (let seed = 0; seed < 4000; seed += 1) {
      const { host } = new HostRing(hosts, seededRandom(seed)).next();
      firsts.set(host, (firsts.get(host) ?? 0) + 1);
    }
    for (const { host } of hosts) expect(firsts.get(host)).toBeGreaterThan(800);
  });
});
