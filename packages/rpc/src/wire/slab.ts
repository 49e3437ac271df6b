/**
 * The memory into which outgoing frames are written, one for a whole process: frames of one tick lie side by side and
 * leave in one system call, and while the system takes them at once the same bytes serve the next tick.
 */
export class Slab {
  buffer: Buffer;
  used = 0;
  /** Outboxes with frames in it that are not written yet. */
  holders = 0;
  #lentAt = -1;

  constructor(bytes = 256 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
  }

  /** Makes sure that `bytes` fit; frames already in the old memory keep it alive until they are written. */
  reserve(bytes: number): void {
    if (this.buffer.length - this.used < bytes) this.replace();
  }

  /**
   * Lends all that is free to whoever writes a value there, until `giveBack`. Code of users runs meanwhile (getters), and
   * what it sends finds this memory full, and goes elsewhere. False where it is lent already.
   */
  lend(): boolean {
    if (this.#lentAt !== -1) return false;
    this.#lentAt = this.used;
    this.used = this.buffer.length;
    return true;
  }

  /** `buffer`: the memory that was lent. Another may have taken its place. */
  giveBack(buffer: Buffer): void {
    if (this.buffer === buffer) this.used = this.#lentAt;
    this.#lentAt = -1;
  }

  /** Nobody reads from this memory any more. */
  rewind(): void {
    if (this.#lentAt === -1) this.used = 0;
  }

  /** The system still reads from this memory: go on in another. */
  replace(): void {
    this.buffer = Buffer.allocUnsafeSlow(this.buffer.length);
    this.used = 0;
  }
}
