import type { JuteReader } from "./jute-reader.js";
import type { JuteWriter } from "./jute-writer.js";

const protocolVersion = 0;

/** The first packet of a connection; it has no header, and neither has its answer. */
export interface ConnectRequest {
  /** A server that has seen less refuses, by ending the connection. */
  readonly lastZxidSeen: bigint;
  /** The session time-out asked for. */
  readonly timeoutMs: number;
  /** 0 for a new session. */
  readonly sessionId: bigint;
  /** What the server gave with the session; 16 zeros for a new one. */
  readonly password: Uint8Array;
  /** Whether a server that has lost its quorum will do. */
  readonly readOnly: boolean;
}

export interface ConnectResponse {
  /** The session time-out granted; 0 or less: the session is over. */
  readonly timeoutMs: number;
  /** 0 where the session is over. */
  readonly sessionId: bigint;
  readonly password: Buffer;
  /** Whether the server has lost its quorum and only reads. */
  readonly readOnly: boolean;
}

export const newSessionPassword: Uint8Array = new Uint8Array(16);

export function writeConnectRequest(writer: JuteWriter, request: ConnectRequest): void {
  writer.int(protocolVersion);
  writer.long(request.lastZxidSeen);
  writer.int(request.timeoutMs);
  writer.long(request.sessionId);
  writer.buffer(request.password);
  writer.boolean(request.readOnly);
}

/** Servers before 3.4 leave the last byte out. */
export function readConnectResponse(reader: JuteReader): ConnectResponse {
  reader.int();
  const timeoutMs = reader.int();
  const sessionId = reader.long();
  const password = reader.buffer() ?? Buffer.alloc(0);
  return { timeoutMs, sessionId, password, readOnly: reader.remaining > 0 && reader.boolean() };
}
