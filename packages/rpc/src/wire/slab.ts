/**
 * The memory into which outgoing frames are written, one for a whole process: frames of one tick lie side by side and
 * leave in one system call, and while the system takes them at once the same bytes serve the next tick.
 */
export class Slab {
  buffer: Buffer;
  used = 0;
  /** Outboxes with frames in it that are not written yet. */
  holders = 0;

  constructor(bytes = 256 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
  }

  /** Makes sure that `bytes` fit; frames already in the old memory keep it alive until they are written. */
  reserve(bytes: number): void {
    if (this.buffer.length - this.used < bytes) this.replace();
  }

  /** The system still reads from this memory: go on in another. */
  replace(): void {
    this.buffer = Buffer.allocUnsafeSlow(this.buffer.length);
    this.used = 0;
  }
}
