import { connect, createServer, type Socket } from "node:net";
import { Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from "msgpackr";
import type { Contender, Echo, EchoClient } from "../contender.js";

/**
 * The least that a remote call in Node can be: frames of a length, an id and a MessagePack map on a bare socket. No
 * deadline, no error, no cancel, no limit; whatever a framework costs beyond this is what it does for its users.
 */
export const floor: Contender = {
  packages: ["msgpackr"],
  serve: () => serveFrames((value, reply) => reply(value)),
  connect: connectFrames,
};

/** Answers frames. `reply` may be called later. */
export function serveFrames(
  answer: (value: unknown, reply: (value: unknown) => void) => void,
): Promise<{ readonly address: string }> {
  const server = createServer((socket) => {
    const out = new FrameWriter(socket);
    readFrames(socket, (id, value) => answer(value, (result) => out.frame(id, result)));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      resolve({ address: String(typeof bound === "object" && bound?.port) });
    });
  });
}

export function connectFrames(address: string): Promise<EchoClient> {
  const socket = connect(Number(address), "127.0.0.1");
  return new Promise((resolve) => socket.once("connect", () => resolve(new FloorClient(socket))));
}

class FloorClient implements EchoClient {
  readonly #socket: Socket;
  readonly #out: FrameWriter;
  /** Who waits for which id: a dense table, whose free places are used again. */
  readonly #waiting: ((value: Echo) => void)[] = [];
  readonly #free: number[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#out = new FrameWriter(socket);
    readFrames(socket, (id, value) => {
      this.#free.push(id);
      (this.#waiting[id] as (value: Echo) => void)(value as Echo);
    });
  }

  echo(value: Echo): Promise<Echo> {
    return new Promise((resolve) => {
      const id = this.#free.pop() ?? this.#waiting.length;
      this.#waiting[id] = resolve;
      this.#out.frame(id, value);
    });
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }
}

const headerBytes = 8;
const packr = new Packr({ useRecords: false });

/** What `pack` gives in reuse mode: the whole of its own buffer, and where in it the value lies. */
interface Packed extends Buffer {
  start: number;
  end: number;
}

/** Gathers the frames of one tick in a slab and writes it once. */
class FrameWriter {
  readonly #socket: Socket;
  #slab = Buffer.allocUnsafeSlow(256 * 1024);
  #used = 0;
  #isFlushDue = false;
  readonly #flushBound = (): void => this.#flush();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  frame(id: number, value: unknown): void {
    const packed = packr.pack(value, REUSE_BUFFER_MODE | RESET_BUFFER_MODE) as Packed;
    const bytes = packed.end - packed.start;
    if (this.#used + headerBytes + bytes > this.#slab.length) this.#flush();
    const slab = this.#slab;
    let at = this.#used;
    at = writeUint32(slab, at, bytes);
    at = writeUint32(slab, at, id);
    packed.copy(slab, at, packed.start, packed.end);
    this.#used = at + bytes;
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(this.#flushBound);
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#used === 0) return;
    this.#socket.write(this.#slab.subarray(0, this.#used));
    // what the system did not take at once is read from this memory later
    if (this.#socket.writableLength > 0) this.#slab = Buffer.allocUnsafeSlow(this.#slab.length);
    this.#used = 0;
  }
}

/** Reads frames in place from the chunks as they come; only a frame cut in two by a chunk's end is copied. */
function readFrames(socket: Socket, onFrame: (id: number, value: unknown) => void): void {
  const range = { start: 0, end: 0 };
  let rest: Buffer | undefined;
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= headerBytes) {
      const end = at + headerBytes + readUint32(bytes, at);
      if (end > bytes.length) break;
      range.start = at + headerBytes;
      range.end = end;
      onFrame(readUint32(bytes, at + 4), packr.unpack(bytes, range));
      at = end;
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined;
  });
}

function writeUint32(into: Buffer, at: number, value: number): number {
  into[at] = value;
  into[at + 1] = value >>> 8;
  into[at + 2] = value >>> 16;
  into[at + 3] = value >>> 24;
  return at + 4;
}

function readUint32(from: Buffer, at: number): number {
  return (
    ((from[at] as number) |
      ((from[at + 1] as number) << 8) |
      ((from[at + 2] as number) << 16) |
      ((from[at + 3] as number) << 24)) >>>
    0
  );
}
