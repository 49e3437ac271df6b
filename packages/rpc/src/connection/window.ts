import { wireLimits } from "../wire/frame.js";
import { protocolError } from "../wire/protocol-error.js";

/** What the writer of a stream may still send: the payload of each message costs, what was read comes back (RPC-STREAM-3). */
export class WriteWindow {
  #credit: number = wireLimits.streamWindowBytes;

  /** The last message may be longer than the credit: whatever is left lets one go. */
  get isOpen(): boolean {
    return this.#credit > 0;
  }

  spend(bytes: number): void {
    this.#credit -= bytes;
  }

  /** The payload of a CREDIT. Throws where it is none, or gives back more than was sent: that ends the connection. */
  grant(payload: Buffer, start: number, end: number): void {
    this.#credit += creditOf(payload, start, end);
    if (this.#credit > wireLimits.streamWindowBytes) throw protocolError("a credit gives back more than was sent");
  }
}

/** What the reader of a stream still allows, and when it has to say that it has read (RPC-STREAM-4). */
export class ReadWindow {
  #allowed: number = wireLimits.streamWindowBytes;
  #read = 0;

  /** A message arrived. Throws where it had no credit: that ends the connection (RPC-STREAM-5). */
  arrived(bytes: number, stream: number): void {
    if (this.#allowed <= 0) throw protocolError(`stream ${stream} sends more than it has credit for`);
    this.#allowed -= bytes;
  }

  /** A message was read. Answers with the payload of a CREDIT to send, once half the window was read. */
  read(bytes: number): Buffer | undefined {
    this.#read += bytes;
    if (this.#read < wireLimits.streamWindowBytes / 2) return undefined;
    const credit = Buffer.allocUnsafe(4);
    credit.writeUInt32BE(this.#read);
    this.#allowed += this.#read;
    this.#read = 0;
    return credit;
  }
}

/** Throws where it is none: that ends the connection. */
export function creditOf(payload: Buffer, start: number, end: number): number {
  if (end - start !== 4) throw protocolError("a credit is not four bytes long");
  return payload.readUInt32BE(start);
}
