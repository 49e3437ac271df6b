import type { Transport, Wire } from "@skylark/rpc/internal";

/** One frame as it went over a connection, and by whom. */
export interface RecordedFrame {
  readonly from: "caller" | "provider";
  readonly kind: number;
  readonly hex: string;
}

const prefaceBytes = 8;
const headerBytes = 8;

/** A transport that keeps the frames of every connection that is dialled through it, in the order in which they went. */
export class RecordingTransport implements Transport {
  readonly frames: RecordedFrame[] = [];
  readonly #inner: Transport;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  async dial(address: string, signal: AbortSignal): Promise<Wire> {
    const inner = await this.#inner.dial(address, signal);
    const sent = this.#reader("caller");
    const heard = this.#reader("provider");
    const wire: Wire = {
      peer: inner.peer,
      get backedUp() {
        return inner.backedUp;
      },
      get unsentBytes() {
        return inner.unsentBytes;
      },
      write: (bytes) => {
        sent(bytes);
        return inner.write(bytes);
      },
      end: () => inner.end(),
      destroy: () => inner.destroy(),
      onData: () => {},
      onDrain: () => {},
      onClose: () => {},
    };
    inner.onData = (chunk) => {
      heard(chunk);
      wire.onData(chunk);
    };
    inner.onDrain = () => wire.onDrain();
    inner.onClose = (cause) => wire.onClose(cause);
    return wire;
  }

  listen: Transport["listen"] = (address, accept) => this.#inner.listen(address, accept);

  #reader(from: RecordedFrame["from"]): (bytes: Uint8Array) => void {
    let unread = Buffer.alloc(0);
    let at = prefaceBytes;
    return (bytes) => {
      unread = Buffer.concat([unread, bytes]);
      for (;;) {
        if (unread.length < at + headerBytes) return;
        const end = at + headerBytes + unread.readUIntBE(at, 3);
        if (unread.length < end) return;
        this.frames.push({ from, kind: unread[at + 3] as number, hex: unread.toString("hex", at, end) });
        at = end;
      }
    };
  }
}
