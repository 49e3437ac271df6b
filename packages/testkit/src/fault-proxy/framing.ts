/** How one protocol cuts its bytes into requests and replies; all that the proxy has to know of it. */
export interface Framing {
  /** Bytes of the frame that `bytes` begins with; undefined where they do not tell yet. */
  frameBytes(bytes: Buffer): number | undefined;
  /** Whether `reply` answers `request`. */
  answers(reply: Buffer, request: Buffer): boolean;
}

/** Four bytes of length, then a number that a reply repeats; the first frame of a connection has none, which does no harm. */
export const zooKeeperFraming: Framing = {
  frameBytes: (bytes) => (bytes.length < 4 ? undefined : 4 + bytes.readInt32BE(0)),
  answers: (reply, request) =>
    reply.length >= 8 && request.length >= 8 && reply.readInt32BE(4) === request.readInt32BE(4),
};

/**
 * HTTP/2, as gRPC speaks it without TLS. What is asked for is a frame of data, and the first headers on its stream answer it:
 * a server sends them when the request is done.
 */
export const http2Framing: Framing = {
  frameBytes: (bytes) => {
    if (bytes.length < 9) return undefined;
    return bytes[0] === prefaceByte ? prefaceBytes : 9 + bytes.readUIntBE(0, 3);
  },
  answers: (reply, request) => reply[3] === headersFrame && streamOf(reply) === streamOf(request),
};

/** A client's first 24 bytes are no frame; one that began with this byte would be larger than any. */
const [prefaceByte, prefaceBytes] = [0x50, 24];
const headersFrame = 1;

function streamOf(frame: Buffer): number {
  return frame.readUInt32BE(5) & 0x7fff_ffff;
}

/** Gathers the pieces of one direction into whole frames. */
export class Frames {
  readonly #framing: Framing;
  #rest: Buffer = Buffer.alloc(0);

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** The frames that are whole now. */
  push(piece: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    for (;;) {
      const length = this.#framing.frameBytes(bytes);
      if (length === undefined || length > bytes.length) break;
      frames.push(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
    this.#rest = bytes;
    return frames;
  }
}
