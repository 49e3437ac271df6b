import { SkylarkError } from "@skylark/core";
import { expect, it } from "vitest";
import { failureOf, until } from "./support/until.js";
import { becomesUnreadable } from "./support/wiretap.js";
import { overEachNetwork } from "./support/world.js";

overEachNetwork("errors", (world) => {
  it("RPC-8.1 RPC-8.2 arrive as the one class, with code, reason, message and details", async () => {
    const { calls } = await world().pair({
      async find(id: number): Promise<never> {
        throw new SkylarkError("not_found", `no student ${id}`, {
          reason: "VALIDATION",
          details: { id, tried: ["a"] },
        });
      },
    });
    const error = await failureOf(calls.find(9));
    expect(error).toBeInstanceOf(SkylarkError);
    expect(error).toMatchObject({
      name: "SkylarkError",
      code: "not_found",
      reason: "VALIDATION",
      message: "no student 9",
      details: { id: 9, tried: ["a"] },
    });
  });

  it("RPC-8.3 leave their cause, and their stack, at home", async () => {
    const { calls } = await world().pair({
      async breakDown(): Promise<never> {
        throw new SkylarkError("internal", "broken", { cause: new Error("password: 1234") });
      },
    });
    const error = (await failureOf(calls.breakDown())) as SkylarkError;
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify([error.stack, error.details])).not.toContain("1234");
  });

  it("RPC-8.1 make unknown of whatever else is thrown, be it no error at all", async () => {
    const thrown: Record<string, () => unknown> = {
      plain: () => new TypeError("x is not a function"),
      text: () => "just a text",
      nothing: () => undefined,
      nameless: () => Object.create(null) as object,
      symbol: () => Symbol("s"),
      hostile: () =>
        new Proxy(
          {},
          {
            getPrototypeOf: () => {
              throw new Error("no");
            },
          },
        ),
    };
    const { calls } = await world().pair({
      async throws(what: string): Promise<never> {
        throw thrown[what]?.();
      },
      throwsAtOnce(what: string): never {
        throw thrown[what]?.();
      },
      async fine(): Promise<string> {
        return "fine";
      },
    });
    const { throwsAtOnce } = calls as unknown as { throwsAtOnce(what: string): Promise<never> };
    for (const what of Object.keys(thrown)) {
      for (const failing of [calls.throws(what), throwsAtOnce(what)]) {
        expect(await failureOf(failing)).toMatchObject({ code: "unknown", notExecuted: false });
      }
    }
    expect(((await failureOf(calls.throws("plain"))) as Error).message).toBe("x is not a function");
    expect(((await failureOf(calls.throws("text"))) as Error).message).toBe("just a text");
    expect(await calls.fine()).toBe("fine");
    expect(world().saying("debug", "service.throws threw").length).toBeGreaterThan(0);
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-1.6 throw at the call site, with the caller's stack", async () => {
    const { calls } = await world().pair({
      async refuse(): Promise<never> {
        throw new SkylarkError("permission_denied", "not you");
      },
      async wait(): Promise<never> {
        return await new Promise(() => {});
      },
    });
    async function enterTheGrade(): Promise<void> {
      await calls.refuse();
    }
    async function waitInVain(): Promise<void> {
      await calls.with({ timeoutMs: 20 }).wait();
    }
    expect(((await failureOf(enterTheGrade())) as Error).stack).toContain("enterTheGrade");
    const late = (await failureOf(waitInVain())) as SkylarkError;
    expect(late.code).toBe("deadline_exceeded");
    expect(late.stack).toContain("waitInVain");
  });

  it("RPC-1.6 have the caller's stack also when the connection is lost", async () => {
    let started = false;
    const { calls } = await world().pair({
      async wait(): Promise<never> {
        started = true;
        return await new Promise(() => {});
      },
    });
    async function waitForTheDead(): Promise<void> {
      await calls.wait();
    }
    const failing = failureOf(waitForTheDead());
    await until(() => started);
    world().tap.cut();
    expect(((await failing) as Error).stack).toContain("waitForTheDead");
  });

  it("RPC-FAILURE-6 promise that nothing ran only where the handler had not begun", async () => {
    const { calls } = await world().pair({
      async lie(): Promise<never> {
        throw new SkylarkError("unavailable", "something below did not run", { notExecuted: true, reason: "DRAINING" });
      },
    });
    expect(await failureOf(calls.lie())).toMatchObject({ code: "unavailable", reason: "DRAINING", notExecuted: false });
  });

  it("name the result that cannot be sent, and leave the connection alone", async () => {
    const { calls } = await world().pair({
      async symbol(): Promise<symbol> {
        return Symbol("s");
      },
      async fine(): Promise<string> {
        return "fine";
      },
    });
    const error = (await failureOf(calls.symbol())) as SkylarkError;
    expect(error).toMatchObject({ code: "internal" });
    expect(error.message).toContain("service.symbol: the result cannot be sent: result is a symbol");
    expect(await calls.fine()).toBe("fine");
    expect(world().tap.dials).toBe(1);
  });

  it("fail a call whose arguments cannot be sent before anything is sent", async () => {
    const { calls } = await world().pair({ take: async (_value: unknown): Promise<void> => {} });
    expect(await failureOf(calls.take(Symbol("s")))).toMatchObject({ code: "invalid_argument", notExecuted: true });
    await calls.take(1);
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-CALL-6 fail the one call whose arguments or result the other side cannot read", async () => {
    const unreadable = { [becomesUnreadable]: { admin: true } };
    let executed = 0;
    const { calls } = await world().pair({
      async take(_value: unknown): Promise<void> {
        executed++;
      },
      async give(): Promise<unknown> {
        return [unreadable];
      },
      async fine(): Promise<string> {
        return "fine";
      },
    });
    await calls.fine();
    const together = [calls.fine(), failureOf(calls.take(unreadable)), failureOf(calls.give()), calls.fine()];
    const [first, refused, lost, last] = await Promise.all(together);
    expect([first, last]).toEqual(["fine", "fine"]);
    expect(refused).toMatchObject({ code: "invalid_argument", reason: "PROTOCOL", notExecuted: true });
    expect((refused as Error).message).toContain("service.take");
    expect(lost).toMatchObject({ code: "internal", reason: "PROTOCOL", notExecuted: false });
    expect(executed).toBe(0);
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-FAILURE-5 leave out details that are too large or cannot be sent, and keep the error", async () => {
    const { calls } = await world().pair({
      async fail(kind: string): Promise<never> {
        const details = kind === "large" ? Buffer.alloc(1_000_000) : { visit: Symbol("s") };
        throw new SkylarkError("aborted", kind, { details });
      },
    });
    for (const kind of ["large", "odd"]) {
      expect(await failureOf(calls.fail(kind))).toMatchObject({ code: "aborted", message: kind, details: undefined });
    }
    expect(world().tap.dials).toBe(1);
  });
});
