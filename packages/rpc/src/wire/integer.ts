/** Writes a whole number of 32 bits, of either sign, in its shortest form, and answers where that ends: at most 5 bytes on. */
export function writeInteger(bytes: Buffer, at: number, value: number): number {
  return value < 0 ? writeNegative(bytes, at, value) : writePositive(bytes, at, value);
}

function writePositive(bytes: Buffer, from: number, value: number): number {
  let at = from;
  if (value >= 0x80) {
    if (value < 0x100) bytes[at++] = 0xcc;
    else {
      if (value < 0x1_0000) bytes[at++] = 0xcd;
      else {
        bytes[at++] = 0xce;
        bytes[at++] = value >>> 24;
        bytes[at++] = value >>> 16;
      }
      bytes[at++] = value >>> 8;
    }
  }
  bytes[at++] = value;
  return at;
}

function writeNegative(bytes: Buffer, from: number, value: number): number {
  let at = from;
  if (value < -0x20) {
    if (value >= -0x80) bytes[at++] = 0xd0;
    else {
      if (value >= -0x8000) bytes[at++] = 0xd1;
      else {
        bytes[at++] = 0xd2;
        bytes[at++] = value >> 24;
        bytes[at++] = value >> 16;
      }
      bytes[at++] = value >> 8;
    }
  }
  bytes[at++] = value;
  return at;
}
