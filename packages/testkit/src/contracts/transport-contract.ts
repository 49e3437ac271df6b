import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import type { Listener, Transport, Wire } from "@skylark/rpc/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** What a transport brings to be put to the test. */
export interface TransportFixture {
  readonly transport: Transport;
  /** An address to listen on that nobody uses. */
  address(): string;
  /** What cannot be an address of this transport. */
  readonly nonsense: string;
  dispose?(): Promise<void>;
}

/** What every transport must keep. */
export function transportContract(name: string, open: () => Promise<TransportFixture>): void {
  describe(`transport contract: ${name}`, () => {
    const ground = new Ground(open);
    describe("bytes", () => {
      bytesContract(ground);
    });
    describe("ends", () => {
      endsContract(ground);
    });
    describe("addresses", () => {
      addressesContract(ground);
    });
  });
}

function bytesContract(ground: Ground): void {
  it("carries bytes both ways, in order, however they are cut", async () => {
    const { near, far } = await ground.pair();
    const [sent, answered] = [pattern(300_000, 1), pattern(200_000, 2)];
    const heard = gather(far);
    const echoed = gather(near);
    for (const piece of cut(sent)) near.write(Buffer.from(piece));
    for (const piece of cut(answered)) far.write(Buffer.from(piece));
    expectSame(await heard.bytes(sent.length), sent);
    expectSame(await echoed.bytes(answered.length), answered);
  });

  it("hands out bytes that stay what they are", async () => {
    const { near, far } = await ground.pair();
    const chunks: Buffer[] = [];
    const all = deferred();
    let length = 0;
    far.onData = (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length === 100_000) all.resolve();
    };
    const sent = pattern(100_000, 3);
    for (const piece of cut(sent)) {
      near.write(Buffer.from(piece));
      await turn();
    }
    await all.promise;
    expectSame(Buffer.concat(chunks), sent);
  });

  it("is done with the memory of a write that it says it has taken", async () => {
    const { near, far } = await ground.pair();
    const heard = gather(far);
    const sent = pattern(2_000_000, 4);
    let slab = Buffer.alloc(16_384);
    for (let at = 0; at < sent.length; at += slab.length) {
      const bytes = slab.subarray(0, Math.min(slab.length, sent.length - at));
      sent.copy(bytes, 0, at);
      if (near.write(bytes)) bytes.fill(0xff);
      else slab = Buffer.alloc(16_384); // it still reads from the other
    }
    expectSame(await heard.bytes(sent.length), sent);
  });

  it("says when the other side is behind, and when it has caught up", async () => {
    const { near, far } = await ground.pair();
    const heard = gather(far);
    const drained = deferred();
    near.onDrain = () => drained.resolve();
    const piece = pattern(64 * 1024, 5);
    let written = 0;
    while (!near.backedUp) {
      near.write(Buffer.from(piece));
      written += piece.length;
    }
    expect(near.unsentBytes).toBeGreaterThan(0);
    await drained.promise;
    expect(near.backedUp).toBe(false);
    expect((await heard.bytes(written)).length).toBe(written);
    expect(near.unsentBytes).toBe(0);
  });
}

function endsContract(ground: Ground): void {
  it("sends what was written before its end, however much, and closes both sides once", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    const sent = pattern(8_000_000, 6);
    near.write(sent);
    near.end();
    near.end();
    expect(await heard.closed).toBeUndefined();
    expect(await own.closed).toBeUndefined();
    expectSame(heard.gathered(), sent);
    await turns();
    expect([heard.closes, own.closes]).toEqual([1, 1]);
  });

  it("lets what the other side wrote before it knew arrive", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    far.write(Buffer.from("late"));
    near.end();
    await Promise.all([heard.closed, own.closed]);
    expect(own.gathered().toString()).toBe("late");
  });

  it("tells both sides once when one destroys it, and hands out nothing more there", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    far.write(pattern(100_000, 7));
    near.destroy();
    near.destroy();
    await Promise.all([heard.closed, own.closed]);
    await turns();
    expect(own.gathered()).toHaveLength(0);
    expect([heard.closes, own.closes]).toEqual([1, 1]);
  });

  it("does not mind both sides ending it at the same time", async () => {
    const { near, far } = await ground.pair();
    const [heard, own] = [gather(far), gather(near)];
    near.end();
    far.end();
    await Promise.all([heard.closed, own.closed]);
    await turns();
    expect([heard.closes, own.closes]).toEqual([1, 1]);
  });

  it("passes over what is written after the end", async () => {
    const { near, far } = await ground.pair();
    const heard = gather(far);
    const own = gather(near);
    near.write(Buffer.from("before"));
    near.end();
    near.write(Buffer.from("after"));
    await Promise.all([heard.closed, own.closed]);
    near.write(Buffer.from("long after"));
    near.end();
    near.destroy();
    await turns();
    expect(heard.gathered().toString()).toBe("before");
    expect(own.closes).toBe(1);
  });
}

function addressesContract(ground: Ground): void {
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

/** A fixture for each test, and what the test has opened on it. */
class Ground {
  readonly #open: () => Promise<TransportFixture>;
  #fixture: TransportFixture | undefined;
  #listeners: Listener[] = [];
  #wires: Wire[] = [];

  constructor(open: () => Promise<TransportFixture>) {
    this.#open = open;
    beforeEach(async () => {
      this.#fixture = await this.#open();
    });
    afterEach(async () => {
      for (const wire of this.#wires) wire.destroy();
      await Promise.all(this.#listeners.map((listener) => listener.close()));
      this.#wires = [];
      this.#listeners = [];
      await this.#fixture?.dispose?.();
    });
  }

  get nonsense(): string {
    return this.#present.nonsense;
  }

  async listen(accept: (wire: Wire) => void, address = this.#present.address()): Promise<Listener> {
    const listener = await this.#present.transport.listen(address, (wire) => {
      this.#wires.push(wire);
      accept(wire);
    });
    this.#listeners.push(listener);
    return listener;
  }

  async dial(address: string, signal: AbortSignal = new AbortController().signal): Promise<Wire> {
    const wire = await this.#present.transport.dial(address, signal);
    this.#wires.push(wire);
    return wire;
  }

  async pair(): Promise<{ near: Wire; far: Wire; listener: Listener }> {
    const accepted: Deferred<Wire> = deferred<Wire>();
    const listener = await this.listen((wire) => accepted.resolve(wire));
    const near = await this.dial(listener.address);
    return { near, far: await accepted.promise, listener };
  }

  get #present(): TransportFixture {
    if (this.#fixture) return this.#fixture;
    throw new Error("the fixture is opened before each test");
  }
}

interface Gathered {
  readonly closes: number;
  readonly closed: Promise<Error | undefined>;
  gathered(): Buffer;
  /** The first so many bytes, once they are there. */
  bytes(count: number): Promise<Buffer>;
}

function gather(wire: Wire): Gathered {
  const chunks: Buffer[] = [];
  const closed = deferred<Error | undefined>();
  let length = 0;
  let closes = 0;
  let wanted: { count: number; arrived: Deferred<Buffer> } | undefined;
  const tell = (): void => {
    if (wanted && length >= wanted.count) wanted.arrived.resolve(Buffer.concat(chunks).subarray(0, wanted.count));
  };
  wire.onData = (chunk) => {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    tell();
  };
  wire.onClose = (cause) => {
    closes++;
    closed.resolve(cause);
  };
  return {
    get closes() {
      return closes;
    },
    closed: closed.promise,
    gathered: () => Buffer.concat(chunks),
    bytes(count) {
      wanted = { count, arrived: deferred<Buffer>() };
      tell();
      return wanted.arrived.promise;
    },
  };
}

/** Byte for byte, without building a comparison of megabytes. */
function expectSame(actual: Buffer, expected: Buffer): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.equals(expected), "the bytes differ").toBe(true);
}

/** Bytes that are the same for the same seed and repeat in no simple way. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** In pieces of one byte to some thousands. */
function* cut(bytes: Buffer): Generator<Buffer> {
  let at = 0;
  for (let size = 1; at < bytes.length; size = (size * 3 + 1) % 10_007) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Long enough for a second word, if one were to come. */
async function turns(): Promise<void> {
  for (let count = 0; count < 10; count++) await turn();
}
