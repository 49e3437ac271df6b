import { SkylarkError } from "@skylark/core";
import { freePorts } from "@skylark/testkit";
import { expect, it } from "vitest";
import { openEtcd } from "../../src/index.js";

it("a call that waits for a connection ends with its signal, and is not tried again for what the signal says", async () => {
  const [port] = await freePorts(1);
  await using etcd = await openEtcd({ endpoints: [`127.0.0.1:${port}`], opens: "later" });
  const signal = new AbortController();
  const reading = etcd.get("/a", { signal: signal.signal, timeoutMs: 600_000 });
  const why = new SkylarkError("unavailable", "others have given up", { notExecuted: true });
  signal.abort(why);
  await expect(reading).rejects.toBe(why);
});
