import { type Application, call, connect, detached, remote, SkylarkError, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { World } from "./world.js";

interface Inner {
  /** What the call knows of itself. */
  look(): Promise<Look>;
  /** Ends when the call is given up, or the test releases it. */
  hang(): Promise<void>;
}

interface Look {
  readonly remainingMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly caller: string;
  readonly attempt: number;
}

interface Outer {
  look(): Promise<Look>;
  lookDetached(): Promise<Look>;
  hang(): Promise<void>;
  /** Hangs on, in a call that was detached; says when that ended. */
  hangDetached(): Promise<void>;
}

/** A service B, a service A whose handlers call B, and a client of A. */
async function world() {
  const world = new World();
  const [atA, atB] = [world.application(), world.application()];
  const [began, released, innerEnded] = [signal(), signal(), signal()];
  const ended: string[] = [];
  const inner: Inner = {
    look: async () => {
      const { remainingMs, metadata, caller, attempt } = call();
      return { remainingMs, metadata: { ...metadata }, caller: caller.name, attempt };
    },
    hang: () =>
      new Promise<void>((resolve) => {
        const { signal: given } = call();
        given.addEventListener("abort", () => {
          ended.push(`inner: ${(given.reason as SkylarkError).code}`);
          innerEnded.now();
          resolve();
        });
        void released.happened.then(resolve);
        began.now();
      }),
  };
  await serve("inner", inner, { application: atB });
  const b = remote<Inner>("inner", { application: atA });
  const patientB = remote<Inner>("inner", { application: atA, timeoutMs: 60_000 });
  const outer: Outer = {
    look: () => b.look(),
    lookDetached: () => detached(() => patientB.look()),
    hang: async () => {
      call().signal.addEventListener("abort", () => ended.push("outer"));
      await b.hang().catch((thrown: unknown) => {
        ended.push(`call of inner: ${(thrown as SkylarkError).code}`);
        throw thrown;
      });
    },
    hangDetached: () => detached(() => b.hang()),
  };
  await serve("outer", outer, { application: atA });
  return { client: await clientOf(world.application()), began, released, ended, innerEnded };
}

function clientOf(application: Application) {
  return connect<Outer>("outer", { application });
}

/** Something that happens once, and can be waited for. */
function signal(): { happened: Promise<void>; now(): void } {
  let now: () => void = () => {};
  const happened = new Promise<void>((resolve) => {
    now = resolve;
  });
  return { happened, now };
}

describe("a call made inside a handler", () => {
  it("RPC-5.3 inherits what is left of the deadline, without anybody passing it on", async () => {
    const { client } = await world();
    const { remainingMs } = await client.with({ timeoutMs: 4000 }).look();
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(4000); // and not the 5000 of a call that names none
    const patient = await client.with({ timeoutMs: 60_000 }).look();
    expect(patient.remainingMs).toBeLessThanOrEqual(5000); // its own, which is less
  });

  it("RPC-5.5 is cancelled with the call that made it; RPC-5.4 the handlers of both see it", async () => {
    const { client, began, ended, innerEnded } = await world();
    const controller = new AbortController();
    const given = client.with({ signal: controller.signal }).hang();
    await began.happened;
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: "cancelled" });
    await innerEnded.happened;
    expect(ended.toSorted()).toEqual(["call of inner: cancelled", "inner: cancelled", "outer"]);
  });

  it("RPC-5.5 ends with the deadline of the call that made it", async () => {
    const { client, began, innerEnded } = await world();
    await client.look(); // all are connected from here on
    const seen = { inside: false };
    void began.happened.then(() => (seen.inside = true));
    // at least as long as this machine takes to come to the inner handler
    for (let timeoutMs = 200; !seen.inside; timeoutMs *= 2) {
      await expect(client.with({ timeoutMs }).hang()).rejects.toMatchObject({ code: "deadline_exceeded" });
    }
    await innerEnded.happened;
  });

  it("RPC-5.6 but not where it was detached on purpose", async () => {
    const { client, began, released, ended } = await world();
    const { remainingMs } = await client.with({ timeoutMs: 20_000 }).lookDetached();
    expect(remainingMs).toBeGreaterThan(20_000);
    const controller = new AbortController();
    const given = client.with({ signal: controller.signal }).hangDetached();
    await began.happened;
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: "cancelled" });
    expect((await client.look()).attempt).toBe(1); // time enough for a cancellation to arrive
    expect(ended).toEqual([]);
    released.now();
  });

  it("RPC-6.2 is the calling service's own, and brings none of its caller's metadata along", async () => {
    const { client } = await world();
    const { metadata, caller, attempt } = await client.with({ metadata: { token: "secret" } }).look();
    expect({ metadata, caller, attempt }).toEqual({ metadata: {}, caller: "outer", attempt: 1 });
  });
});

describe("call()", () => {
  it("outside a handler says so", () => {
    expect(() => call()).toThrow(
      expect.objectContaining({ code: "failed_precondition", message: expect.stringContaining("outside a handler") }),
    );
  });

  it("is gone in work that was detached", async () => {
    const application = new World().application();
    const service = {
      inside: async () => call().method,
      outside: async () => detached(() => attempt(() => call().method)),
    };
    await serve("own", service, { application });
    const client = await connect<typeof service>("own", { application });
    expect(await client.inside()).toBe("inside");
    expect(await client.outside()).toBe("failed_precondition");
  });
});

function attempt(work: () => string): string {
  try {
    return work();
  } catch (thrown) {
    return SkylarkError.from(thrown).code;
  }
}
