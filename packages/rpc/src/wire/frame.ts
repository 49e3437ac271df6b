/**
 * The frame: eight bytes of header, then the payload (clauses RPC-FRAME-* in docs/protocol/rpc.md).
 *
 * ```
 *  0        3      4              8
 *  ┌────────┬──────┬──────────────┬─────────
 *  │ length │ kind │ stream id    │ payload     big-endian; length counts the payload alone
 *  └────────┴──────┴──────────────┴─────────
 * ```
 */
export const frameHeaderBytes = 8;

/** What opens a connection on both sides. Its first byte is neither a letter (HTTP) nor 0x16 (TLS). */
export const preface = Uint8Array.of(0x9e, 0x53, 0x4b, 0x59, 0x4c, 0x41, 0x52, 0x4b);

export const frameKinds = {
  hello: 0x01,
  welcome: 0x02,
  /** The method table changed; same shape as in `welcome`. */
  table: 0x03,
  /** The connection ends; the payload says why. */
  goodbye: 0x04,

  request: 0x08,
  response: 0x09,
  failure: 0x0a,
  cancel: 0x0b,

  /** One message of a stream. */
  message: 0x0c,
  credit: 0x0d,
  end: 0x0e,

  /** The rest of a message that began in a frame marked `more`. */
  fragment: 0x0f,

  ping: 0x10,
  pong: 0x11,
  drain: 0x12,
  drained: 0x13,
} as const;

/** Set in the kind byte where fragments of the same message follow. */
export const moreFlag = 0x80;

/** Named limits of the wire; each with its reason. */
export const wireLimits = {
  /** Small enough that a large message delays a small one by one of these at most, large enough to cost little. */
  fragmentBytes: 16 * 1024,
  /** A frame longer than this is a broken or hostile peer: a fragment and the largest fixed part of a request fit. */
  frameBytesMax: 17 * 1024,
  /** What one message may weigh unless configured: a service that wants more should stream. */
  messageBytesMax: 4 * 1024 * 1024,
  /** Handshakes carry a method table: some thousands of methods fit. */
  handshakeBytesMax: 1024 * 1024,
  /** From accepting a connection to the end of its handshake: two round trips across the world, ten times over. */
  handshakeTimeoutMs: 5000,
  /** Accepted connections that have said nothing yet: as many as the system lets wait to be accepted. Beyond, the oldest goes. */
  newcomersMax: 4096,
  /** A failure with its details. Larger details are left out: an error is no way to send data. */
  failureBytesMax: 64 * 1024,
  /** Lists and maps inside each other. Deeper values are recursion gone wrong, and decoders of many languages recurse. */
  depthMax: 64,
  /** Calls and streams in flight on one connection, and messages that have arrived in part. */
  callsMax: 65_536,
  /** What a stream may send before the other side has read it. */
  streamWindowBytes: 256 * 1024,
  /** What waits on a connection before its server streams are asked for no more, whatever credit they have. */
  streamBacklogBytes: 1024 * 1024,
  /** What waits in memory for a peer that does not read; beyond it the connection ends. At least two of the longest messages. */
  outboxBytesMax: 64 * 1024 * 1024,
  /** Partly received messages of one connection, together. At least two of the longest messages. */
  assemblyBytesMax: 64 * 1024 * 1024,
} as const;

/** The longest time that a request can name, in milliseconds: nearly 50 days. Zero stands for none. */
export const timeoutMsMax = 0xffff_ffff;

export function writeFrameHeader(into: Buffer, at: number, kind: number, stream: number, payloadBytes: number): void {
  into.writeUInt32BE(((payloadBytes << 8) | kind) >>> 0, at);
  into.writeUInt32BE(stream, at + 4);
}
