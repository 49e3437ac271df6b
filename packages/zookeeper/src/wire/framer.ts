import { protocolError } from "./protocol-error.js";

const lengthBytes = 4;

/** Finds packets in whatever pieces a connection delivers. A packet is its length in four bytes, then that many. */
export class Framer {
  readonly #packetBytesMax: number;
  readonly #packet: (packet: Buffer) => void;
  #pieces: Buffer[] = [];
  #gathered = 0;
  /** How many bytes must be there before it is worth looking again. */
  #wanted = lengthBytes;

  /**
   * @param packetBytesMax a longer packet is refused as soon as its length is read
   * @param packet takes each; its bytes may be a view of what the socket delivered, valid during the call only
   */
  constructor(packetBytesMax: number, packet: (packet: Buffer) => void) {
    this.#packetBytesMax = packetBytesMax;
    this.#packet = packet;
  }

  /** Throws `invalid_argument` with reason PROTOCOL for a length that cannot be; the framer is of no use afterwards. */
  push(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#gathered += chunk.length;
    if (this.#gathered < this.#wanted) return;
    const bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces, this.#gathered);
    const at = this.#packets(bytes);
    const rest = bytes.subarray(at);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#gathered = rest.length;
  }

  #packets(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      const present = bytes.length - at;
      if (present < lengthBytes) {
        this.#wanted = lengthBytes;
        return at;
      }
      const length = bytes.readInt32BE(at);
      if (length < 0 || length > this.#packetBytesMax) {
        throw protocolError(`a packet of ${length} bytes was announced; the limit is ${this.#packetBytesMax}`);
      }
      this.#wanted = lengthBytes + length;
      if (present < this.#wanted) return at;
      at += this.#wanted;
      this.#packet(bytes.subarray(at - length, at));
    }
  }
}
