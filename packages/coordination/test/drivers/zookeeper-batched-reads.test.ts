import { SkylarkError } from "@skylark/core";
import type { MultiReadOperation, MultiReadOutcome } from "@skylark/zookeeper";
import { describe, expect, it } from "vitest";
import { BatchedReads } from "../../src/drivers/zookeeper/batched-reads.js";

/** Answers to each read with its path, and counts what it was asked. */
class FakeClient {
  readonly requests: string[][] = [];
  failure: SkylarkError | undefined;

  async multiRead(reads: readonly MultiReadOperation[]): Promise<MultiReadOutcome[]> {
    this.requests.push(reads.map(({ path }) => path));
    if (this.failure) throw this.failure;
    return reads.map(({ path }) => ({ kind: "children", children: [path] }));
  }

  /** There is nothing anywhere. */
  async getData(path: string): Promise<never> {
    this.requests.push([path]);
    throw new SkylarkError("not_found", path, { details: { zookeeper: "no_node" } });
  }
}

const children = (path: string): MultiReadOperation => ({ kind: "getChildren", path });
const megabyte = 1024 * 1024;

describe("batched reads", () => {
  it("asks in one request what is asked for in one turn, whoever asks, and answers each", async () => {
    const [client, reads] = [new FakeClient(), new BatchedReads()];
    const asker = async (path: string) => {
      await Promise.resolve();
      return await reads.read(client, children(path));
    };
    const answers = await Promise.all([asker("/a"), asker("/b"), reads.read(client, children("/c"))]);
    expect(answers.flatMap((answer) => (answer.kind === "children" ? answer.children : []))).toEqual([
      "/a",
      "/b",
      "/c",
    ]);
    expect(client.requests.map((paths) => paths.toSorted())).toEqual([["/a", "/b", "/c"]]);
    await reads.read(client, children("/d"));
    expect(client.requests).toHaveLength(2);
  });

  it("asks for a single value in the plainest way, and takes its absence for an answer", async () => {
    const [client, reads] = [new FakeClient(), new BatchedReads()];
    const answer = await reads.read(client, { kind: "getData", path: "/a" });
    expect([answer.kind, client.requests]).toEqual(["failed", [["/a"]]]);
  });

  it("keeps answers and requests below what either side takes", async () => {
    const [client, reads] = [new FakeClient(), new BatchedReads()];
    const path = (index: number) => `/${"x".repeat(90)}${index}`;
    const ask = (count: number, bytes?: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => reads.read(client, children(path(index)), bytes)));
    await ask(40, megabyte);
    expect(Math.max(...client.requests.map(({ length }) => length))).toBeLessThan(12);
    client.requests.length = 0;
    await ask(200); // were all of them of a megabyte, each answer would be below 64
    expect(Math.max(...client.requests.map(({ length }) => length))).toBeLessThan(64);
    client.requests.length = 0;
    await ask(20_000, 100);
    expect(Math.max(...client.requests.map((paths) => paths.join("").length))).toBeLessThan(megabyte);
    expect(client.requests.length).toBeLessThan(5);
  });

  it("asks one by one where an answer was longer than the client takes; where the connection was lost otherwise, as before", async () => {
    const [client, reads] = [new FakeClient(), new BatchedReads()];
    const ask = () => Promise.allSettled(["/a", "/b"].map((path) => reads.read(client, children(path))));
    const lost = (reason: "CONNECTION_LOST" | "PROTOCOL") =>
      new SkylarkError("unavailable", "no answer", { cause: new SkylarkError("unavailable", "why", { reason }) });
    client.failure = lost("CONNECTION_LOST");
    expect((await ask()).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    client.failure = lost("PROTOCOL");
    await ask();
    client.failure = undefined;
    expect((await ask()).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(client.requests).toEqual([["/a", "/b"], ["/a", "/b"], ["/a"], ["/b"]]);
  });
});
