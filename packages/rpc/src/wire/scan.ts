import { wireLimits } from "./frame.js";
import { protocolError } from "./protocol-error.js";

/**
 * Walks one MessagePack value without building it and answers where it ends. Whatever the decoder is handed has passed
 * here: every declared length fits in what remains, nothing is deeper than the limit, no key is `__proto__`, and of the
 * extensions only timestamps (-1) and `undefined` (0) are let through: the decoder would also build records, regular
 * expressions and errors that a peer defines (clauses RPC-VALUE-2 to RPC-VALUE-6).
 *
 * Without recursion: the values still expected at this level are counted in `left`, those of the levels above in `pending`.
 */
export function scanValue(bytes: Buffer, from: number, end: number): number {
  let at = from;
  let depth = 0;
  let left = 1;
  let inMap = 0;
  for (;;) {
    while (left === 0) {
      if (depth === 0) return at;
      depth--;
      left = pending[depth] as number;
      inMap = pendingInMap[depth] as number;
    }
    if (at >= end) throw protocolError("a value ends in the middle");
    const isKey = inMap === 1 && (left & 1) === 0;
    left--;
    const head = bytes[at++] as number;
    if (isKey && !(head >= 0xa0 && head < 0xc0)) refuseKey(bytes, at, end, head);

    let items = 0;
    let map = 0;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head >= 0xa0 && head < 0xc0) {
      const length = head & 0x1f;
      if (isKey && length === 9) refusePrototype(bytes, at, end);
      at += length;
    } else if (head < 0x90) {
      items = (head & 0x0f) * 2;
      map = 1;
    } else if (head < 0xa0) {
      items = head & 0x0f;
    } else {
      const form = forms[head - 0xc0] as number;
      if (form === refused) throw protocolError(`0x${head.toString(16)} does not begin a value`);
      if (form < container) at = skip(bytes, at, end, head, form);
      else {
        const wide = (head & 1) === 1; // 0xdc, 0xde: 16 bits; 0xdd, 0xdf: 32
        if (end - at < (wide ? 4 : 2)) throw protocolError("a length ends in the middle");
        items = wide ? bytes.readUInt32BE(at) : bytes.readUInt16BE(at);
        at += wide ? 4 : 2;
        if (head >= 0xde) {
          items *= 2;
          map = 1;
        }
      }
    }
    if (at > end) throw protocolError("a length reaches past the end of its message");
    if (items === 0) continue;
    if (items > end - at) throw protocolError(`${items} items were announced where ${end - at} bytes remain`);
    if (depth === wireLimits.depthMax) throw protocolError(`values nest deeper than ${wireLimits.depthMax}`);
    pending[depth] = left;
    pendingInMap[depth] = inMap;
    depth++;
    left = items;
    inMap = map;
  }
}

const pending = new Int32Array(wireLimits.depthMax);
const pendingInMap = new Uint8Array(wireLimits.depthMax);

/** What follows the heads 0xc0 to 0xdf: 0 to 9 bytes of fixed size, or one of these. */
const sized8 = 16;
const sized16 = 17;
const sized32 = 18;
const extension = 19;
const container = 32;
const refused = 255;

// biome-ignore format: one row a family reads better than one line a head
const forms = Uint8Array.of(
  0, refused, 0, 0, // nil, never used, false, true
  sized8, sized16, sized32, // bin
  extension, extension, extension, // ext 8, 16, 32
  4, 8, // float
  1, 2, 4, 8, // uint
  1, 2, 4, 8, // int
  extension, extension, extension, extension, extension, // fixext 1, 2, 4, 8, 16
  sized8, sized16, sized32, // str
  container, container, container, container, // array 16, 32, map 16, 32
);

function skip(bytes: Buffer, at: number, end: number, head: number, form: number): number {
  if (form < sized8) return at + form;
  if (form === extension) return skipExtension(bytes, at, end, head);
  const width = 1 << (form - sized8);
  if (end - at < width) throw protocolError("a length ends in the middle");
  return at + width + bytes.readUIntBE(at, width);
}

function skipExtension(bytes: Buffer, at: number, end: number, head: number): number {
  const fixed = head >= 0xd4 && head <= 0xd8;
  const width = fixed ? 0 : 1 << (head - 0xc7);
  if (end - at < width + 1) throw protocolError("an extension ends in the middle");
  const length = fixed ? 1 << (head - 0xd4) : bytes.readUIntBE(at, width);
  const type = bytes.readInt8(at + width);
  const isTimestamp = type === -1 && (length === 4 || length === 8 || length === 12);
  const isUndefined = type === 0 && length === 1;
  if (!isTimestamp && !isUndefined) {
    throw protocolError(
      `an extension of type ${type} is not accepted: send plain data (Set, RegExp, Error and typed arrays have no form on the wire)`,
    );
  }
  return at + width + 1 + length;
}

/** A key that is no short string. Long forms of a short string are legal, so `__proto__` is looked for there too. */
function refuseKey(bytes: Buffer, at: number, end: number, head: number): void {
  if (head >= 0xd9 && head <= 0xdb) {
    const width = 1 << (head - 0xd9);
    if (end - at >= width && bytes.readUIntBE(at, width) === 9) refusePrototype(bytes, at + width, end);
    return;
  }
  if (head < 0x80 || head >= 0xe0 || (head >= 0xcc && head <= 0xd3)) return; // a number: the decoder makes it a string
  throw protocolError(`a key that begins with 0x${head.toString(16)} is neither a string nor a number`);
}

function refusePrototype(bytes: Buffer, at: number, end: number): void {
  if (end - at >= 9 && bytes[at] === 0x5f && bytes.toString("latin1", at, at + 9) === "__proto__") {
    throw protocolError("a key is called __proto__");
  }
}
