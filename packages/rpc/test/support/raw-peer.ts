import type { Wire } from "@skylark/rpc/internal";
import { encodeApart } from "../../src/wire/codec.js";
import { frameKinds, preface } from "../../src/wire/frame.js";
import { encodeHello } from "../../src/wire/handshake.js";
import { writeRequestHead } from "../../src/wire/request.js";
import { type Frame, frame, framesOf } from "./frames.js";
import { until } from "./until.js";
import type { Provider, World } from "./world.js";

/** A caller that says exactly what the test says, and nothing else: no pongs, no answers. */
export class RawPeer {
  readonly #wire: Wire;
  #heard = Buffer.alloc(0);
  #isClosed = false;

  static async dial(world: World, { endpoint }: Provider): Promise<RawPeer> {
    return new RawPeer(await world.tap.dial(endpoint.address, new AbortController().signal));
  }

  private constructor(wire: Wire) {
    this.#wire = wire;
    wire.onData = (chunk) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
    };
    wire.onClose = () => {
      this.#isClosed = true;
    };
  }

  /** Preface and hello, and waits for the welcome. */
  async greet(messageBytesMax = 4_194_304): Promise<void> {
    const identity = { name: "raw", proof: "none" } as const;
    this.say(
      preface,
      frame(frameKinds.hello, 0, encodeHello({ version: 1, identity, instance: undefined, messageBytesMax })),
    );
    await this.frame(frameKinds.welcome);
  }

  say(...bytes: readonly (Uint8Array | string)[]): void {
    this.#wire.write(
      Buffer.concat(bytes.map((each) => (typeof each === "string" ? Buffer.from(each, "latin1") : each))),
    );
  }

  request(stream: number, method: number, args: unknown, change: { flags?: number; remainingMs?: number } = {}): void {
    const head = Buffer.alloc(8);
    writeRequestHead(head, method, 1, change.flags ?? 0, change.remainingMs ?? 5000);
    this.say(frame(frameKinds.request, stream, Buffer.concat([head, encodeApart(args)])));
  }

  get frames(): readonly Frame[] {
    return framesOf(this.#heard, true);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The first frame of this kind, on this stream where one is named. */
  async frame(kind: number, stream?: number): Promise<Frame> {
    const fits = (each: Frame): boolean => each.kind === kind && (stream === undefined || each.stream === stream);
    await until(() => this.frames.some(fits) || this.#isClosed);
    const found = this.frames.find(fits);
    if (found) return found;
    throw new Error(`the connection was closed before frame kind ${kind} came`);
  }

  async closed(): Promise<void> {
    await until(() => this.#isClosed);
  }

  hangUp(): void {
    this.#wire.destroy();
  }
}
