const firstBytes = 512;

/**
 * Writes the types of jute, ZooKeeper's encoding: big-endian numbers, and whatever has a length with that length before
 * it, −1 for null. The bytes grow as needed; whoever writes decides how many are too many (`length` tells).
 */
export class JuteWriter {
  #bytes = Buffer.allocUnsafe(firstBytes);
  #length = 0;

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#length;
  }

  int(value: number): void {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
  }

  long(value: bigint): void {
    const at = this.#grow(8);
    this.#bytes.writeBigInt64BE(value, at);
  }

  boolean(value: boolean): void {
    const at = this.#grow(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  buffer(value: Uint8Array | null): void {
    if (value === null) return this.int(-1);
    this.int(value.length);
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.int(bytes);
    const at = this.#grow(bytes);
    this.#bytes.write(value, at, "utf8");
  }

  vector<T>(items: readonly T[], writeItem: (writer: JuteWriter, item: T) => void): void {
    this.int(items.length);
    for (const item of items) writeItem(this, item);
  }

  texts(items: readonly string[]): void {
    this.int(items.length);
    for (const item of items) this.text(item);
  }

  /** Writes what `body` writes, with its length before it, as every packet travels. */
  frame(body: (writer: JuteWriter) => void): void {
    const at = this.#grow(4);
    body(this);
    this.#bytes.writeInt32BE(this.#length - at - 4, at);
  }

  /** All that was written, in bytes of its own; begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  /** Where the next `bytes` bytes go: ask before looking at `#bytes`, which may be others afterwards. */
  #grow(bytes: number): number {
    const at = this.#length;
    this.#length = at + bytes;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}
