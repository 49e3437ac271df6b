import { deferred } from "@skylark/core/internal";
import type { MessageStream } from "@skylark/rpc";
import { ambientCall, type Channel } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { failureOf, until } from "./support/until.js";
import { overEachNetwork, serviceOf } from "./support/world.js";

overEachNetwork("the call being served", (world) => {
  it("RPC-5.3 is known in the handler and all that it awaits, and to no other", async () => {
    const gate = deferred();
    const seen: (string | undefined)[] = [];
    const { calls } = await world().pair({
      async look(): Promise<void> {
        seen.push(ambientCall()?.method);
        await gate.promise;
        await new Promise((resolve) => setTimeout(resolve, 0));
        seen.push(ambientCall()?.method);
      },
      async other(): Promise<string | undefined> {
        return ambientCall()?.method;
      },
    });
    const looking = calls.look();
    expect(await calls.other()).toBe("other");
    gate.resolve();
    await looking;
    expect(seen).toEqual(["look", "look"]);
    expect(ambientCall()).toBeUndefined();
  });

  it("is nobody's business beside it: connections that it dialled, timers that it set going", async () => {
    const contexts: Record<string, unknown> = {};
    const note = (where: string): void => {
      contexts[where] = ambientCall()?.method ?? "none";
    };
    const open = (stream: MessageStream): void => {
      note("open");
      stream.onEnd = () => note("end");
      stream.onMessage = (message) => {
        note("message there");
        stream.send(message);
      };
    };
    const hold = (): Promise<never> => {
      ambientCall()?.signal.addEventListener("abort", () => note("abort"));
      return new Promise(() => {});
    };
    const back = await world().provide([serviceOf("back", { ready: async () => 1, hold }, { streams: { open } })]);
    let toBack: Channel | undefined;
    const { calls } = await world().pair({
      async dial(): Promise<void> {
        toBack = world().channel("back", [back]);
        await toBack.call("ready", []); // dials, and sets the wheels going
        void toBack.call("hold", [], { timeoutMs: 500 }).catch(() => {});
      },
    });
    await calls.dial();
    const stream = (await toBack?.openStream("open")) as MessageStream;
    stream.onMessage = () => note("message here");
    stream.send("there and back");
    await until(() => contexts["message here"] !== undefined);
    await until(() => contexts["abort"] !== undefined);
    stream.close();
    await until(() => contexts["end"] !== undefined);
    expect(contexts).toEqual({
      open: "none",
      "message there": "none",
      "message here": "none",
      abort: "none",
      end: "none",
    });
    expect(await failureOf(toBack?.call("nonsense", []) as Promise<unknown>)).toMatchObject({ code: "unimplemented" });
  });
});
