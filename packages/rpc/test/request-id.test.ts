import { call, detached, insideRequest, requestId } from "@skylark/rpc";
import { expect, it } from "vitest";
import { overEachNetwork, serviceOf } from "./support/world.js";

overEachNetwork("the id of a request", (world) => {
  it("RPC-6.1 RPC-CALL-9 is kept along the whole tree of calls, and by nothing beside it", async () => {
    const leaf = await world().provide([serviceOf("leaf", { seen: async () => requestId() })]);
    const { calls } = await world().pair({
      async branch(): Promise<unknown> {
        const toLeaf = world().channel("leaf", [leaf]);
        const [first, second] = await Promise.all([toLeaf.call("seen", []), toLeaf.call("seen", [])]);
        const outside = await detached(() => toLeaf.call("seen", []));
        return { own: call().requestId, ambient: requestId(), first, second, outside };
      },
    });
    const asked = await insideRequest("k3f9", () => calls.branch());
    expect(asked).toEqual({ own: "k3f9", ambient: "k3f9", first: "k3f9", second: "k3f9", outside: undefined });
    const unasked = await calls.branch();
    expect(unasked).toEqual({ own: undefined, ambient: undefined, first: undefined, second: undefined });
    expect(requestId()).toBeUndefined();
  });

  it("RPC-6.1 leaves the call that is served as it is, and travels beside the metadata of the caller", async () => {
    const leaf = await world().provide([
      serviceOf("leaf", {
        seen: async () => [requestId(), call().metadata["tenant"], Number.isFinite(call().remainingMs)],
      }),
    ]);
    const { calls } = await world().pair({
      async branch(): Promise<unknown> {
        const toLeaf = world().channel("leaf", [leaf]);
        return await insideRequest("own", async () => {
          const seen = await toLeaf.call("seen", [], {
            metadata: { tenant: "north" },
            timeoutMs: Number.POSITIVE_INFINITY,
          });
          return [call().method, seen];
        });
      },
    });
    expect(await calls.with({ timeoutMs: 5000 }).branch()).toEqual(["branch", ["own", "north", true]]);
  });

  it("RPC-CALL-9 is what a text of 1 to 128 letters says; others are refused here, and passed over where they arrive", async () => {
    const { calls } = await world().pair({
      async seen(): Promise<unknown> {
        return call().requestId;
      },
    });
    const sent = (id: string) => calls.with({ metadata: { "skylark.request": id } }).seen();
    expect(await sent("x".repeat(128))).toBe("x".repeat(128));
    expect(await sent("x".repeat(129))).toBeUndefined();
    expect(await sent("")).toBeUndefined();
    for (const id of ["", "x".repeat(129)]) {
      expect(() => insideRequest(id, () => 1)).toThrow(/no id of a request: it has 1 to 128 letters/);
    }
  });
});
