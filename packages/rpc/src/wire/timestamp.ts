/** The most that a timestamp takes. */
export const timestampBytesMax = 15;

/**
 * Writes a date in the shortest of the three forms that MessagePack has for it, and answers where that ends: seconds in 32
 * bits, or in 34 with nanoseconds in 30, or in 64 with nanoseconds in 32.
 */
export function writeTimestamp(bytes: Buffer, at: number, ms: number): number {
  const seconds = Math.floor(ms / 1000);
  const nanoseconds = (ms - seconds * 1000) * nanosecondsPerMs;
  if (seconds < 0 || seconds >= 2 ** 34) {
    bytes[at] = 0xc7;
    bytes[at + 1] = 12;
    bytes[at + 2] = 0xff;
    bytes.writeUInt32BE(nanoseconds, at + 3);
    return bytes.writeBigInt64BE(BigInt(seconds), at + 7);
  }
  const isShort = nanoseconds === 0 && seconds < 2 ** 32;
  bytes[at] = isShort ? 0xd6 : 0xd7;
  bytes[at + 1] = 0xff;
  if (isShort) return bytes.writeUInt32BE(seconds, at + 2);
  bytes.writeUInt32BE(nanoseconds * 4 + Math.floor(seconds / 2 ** 32), at + 2);
  return bytes.writeUInt32BE(seconds >>> 0, at + 6);
}

/** The date in the `length` bytes behind the type of the extension; undefined where no timestamp is that long. */
export function readTimestamp(bytes: Buffer, at: number, length: number): Date | undefined {
  if (length === 4) return new Date(bytes.readUInt32BE(at) * 1000);
  if (length === 8) {
    const upper = bytes.readUInt32BE(at);
    return dateOf((upper & 3) * 2 ** 32 + bytes.readUInt32BE(at + 4), upper >>> 2);
  }
  return length === 12 ? dateOf(Number(bytes.readBigInt64BE(at + 4)), bytes.readUInt32BE(at)) : undefined;
}

function dateOf(seconds: number, nanoseconds: number): Date {
  return new Date(seconds * 1000 + Math.floor(nanoseconds / nanosecondsPerMs));
}

const nanosecondsPerMs = 1_000_000;
