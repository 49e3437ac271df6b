import { fileURLToPath } from "node:url";
import { describe, expect, it, type TestContext } from "vitest";
import { report } from "./support/until.js";
import { builtVersion, findFormerVersion } from "./support/versions/former-version.js";
import { MixedGradebook } from "./support/versions/mixed-gradebook.js";
import { MixedSystem } from "./support/versions/mixed-system.js";
import type { Version } from "./support/versions/version.js";
import { World } from "./support/world.js";

/*
 * Two versions of Skylark in one system: this one, and the one before ZooKeeper and etcd came. That one is built for the
 * purpose, so these run with `--full` alone. What the two say to each other is held all the time, by the tests of the
 * packages that say it, on what the former version once wrote (`test/former-version`).
 */

const current: Version = { name: "this", folder: fileURLToPath(new URL("../", import.meta.url)) };

function formerVersionOr(skip: TestContext["skip"]): Version {
  if (process.env["SKYLARK_FULL"] !== "1") skip("the former version is built for it: npm run e2e -- versions --full");
  const found = findFormerVersion();
  if (found.kind === "missing") return skip(found.why);
  return { name: "former", folder: builtVersion(found.commit) };
}

/** There and back again, so often. */
const rounds = 2;

describe("a rolling deploy from the former version to this one, and back", () => {
  it.for([
    { stays: "former", hostedBy: "by a process of the former version" },
    { stays: "this", hostedBy: "by a process of this version" },
    { stays: "nobody", hostedBy: "by whoever takes it over" },
  ] as const)(
    "LOAD-7.1 fails no call and runs none twice, the store hosted $hostedBy",
    { timeout: 900_000 },
    async ({ stays, hostedBy }, { skip }) => {
      const former = formerVersionOr(skip);
      await using world = new World();
      const system = new MixedSystem(world);
      if (stays !== "nobody") await system.addBystander(stays === "former" ? former : current);
      for (let count = 0; count < 4; count++) await system.addProvider(former);
      for (const method of ["echo", "deposit"] as const)
        for (const version of [former, current]) await system.addCaller(version, method);
      await system.everybodySees();
      const hosts = [system.host];
      let replaced = 0;
      for (let round = 0; round < rounds; round++) {
        for (const [next, left] of [
          [current, former],
          [former, current],
        ] as const) {
          for (let at = 0; at < 4; at++) {
            await system.replaceProvider(at, next);
            await system.replaceCaller(at, at % 2 === 0 ? next : left);
            await system.everybodySees();
            hosts.push(system.host);
            replaced += 2;
          }
        }
      }
      const { calls, failures, answered, ran, receipts, exits } = await system.balance();
      const hostsSeen = hosts.filter((host, at) => host !== hosts[at - 1]);
      report("two versions", {
        topology: `embedded, hosted ${hostedBy}; 4 providers, 4 callers at 50/s, 2 of each version; TTL 10 s`,
        replaced,
        calls,
        failed: failures.length,
        notIdempotent: answered.length,
        ran: ran.length,
        hosts: hostsSeen,
        lastReceipt: receipts.at(-1),
      });
      expect(failures).toEqual([]);
      expect(answered.length).toBeGreaterThan(0);
      expect(ran).toEqual(answered);
      expect(receipts).toHaveLength(replaced / 2);
      for (const receipt of receipts) expect(receipt).toMatch(/ 0 abandoned/);
      expect(exits.filter((exit) => exit !== 0)).toEqual([]);
      if (stays === "nobody") expect(new Set(hostsSeen)).toEqual(new Set(["former", "this"]));
      else expect(hostsSeen).toEqual([stays]);
    },
  );

  it("LOAD-7.1 loses no call and no grade of the gradebook", async ({ skip }) => {
    const former = formerVersionOr(skip);
    await using world = new World({ GRADING_PORT: "0", LOG_PORT: "0" });
    const gradebook = await MixedGradebook.start(world, {
      log: former,
      gradings: [former, former],
      callers: [former, current],
    });
    let replaced = 0;
    for (let round = 0; round < rounds; round++) {
      for (const next of [current, former]) {
        await gradebook.replaceGrading(0, next);
        await gradebook.replaceLog(next);
        await gradebook.replaceGrading(1, next);
        replaced += 3;
      }
    }
    const { calls, failures, added, stored, receipts, exits } = await gradebook.balance();
    report("two versions", {
      topology:
        "a log service, 2 grading instances, which host the embedded store; 2 callers at 100/s, one of each version, 1 in 20 adds a grade; TTL 10 s",
      replaced,
      calls,
      failed: failures.length,
      gradesAdded: added.length,
      lastReceipt: receipts.at(-1),
    });
    expect(failures).toEqual([]);
    expect(added.length).toBeGreaterThan(0);
    expect(stored.filter((id, at) => stored.indexOf(id) !== at)).toEqual([]);
    expect(added.filter((id) => !stored.includes(id))).toEqual([]);
    expect(receipts).toHaveLength(replaced);
    for (const receipt of receipts) expect(receipt).toMatch(/ 0 abandoned/);
    expect(exits.filter((exit) => exit !== 0)).toEqual([]);
  }, 900_000);
});
