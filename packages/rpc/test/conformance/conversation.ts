import { encodeApart } from "../../src/wire/codec.js";
import { frameKinds, moreFlag } from "../../src/wire/frame.js";
import { writeRequestHead } from "../../src/wire/request.js";
import { type Pieces, piecesOf } from "./described.js";

/** A frame as the conversation's player sends it. `stream`: its id, or the name that a frame heard before gave it. */
export interface SaidFrame {
  readonly kind: number;
  readonly stream: number | string;
  readonly payload: Pieces;
}

/** What must be the next message on a stream; only the fields that are there are compared. */
export interface Heard {
  readonly kind: string;
  /** An id, or a name: then a frame of this kind that the caller put on a stream of its choice. */
  readonly stream: number | string;
  readonly value?: unknown;
  readonly code?: string;
  readonly reason?: string;
  readonly notExecuted?: boolean;
  readonly details?: unknown;
  readonly method?: number;
  readonly arguments?: unknown;
  /** Messages and credit on the same stream may come before it, or not. */
  readonly behind?: "messages";
}

export type Step =
  | { readonly say: readonly SaidFrame[] }
  | { readonly hear: Heard }
  /** Nothing came on this stream but what was heard. */
  | { readonly quiet: number }
  /** The side under test closes the connection. */
  | { readonly closed: true }
  /** The caller under test is told to do this; what becomes of it has this name. */
  | { readonly call: string; readonly method: string; readonly arguments: readonly unknown[] }
  | { readonly watch: string; readonly method: string; readonly arguments: readonly unknown[] }
  | { readonly cancel: string }
  /** What became of it: the call's end, or the next message of the stream. */
  | {
      readonly outcome: string;
      readonly value?: unknown;
      readonly end?: true;
      readonly error?: Readonly<Record<string, unknown>>;
    };

export interface Conversation {
  readonly name: string;
  readonly clauses: string;
  readonly under: "provider" | "caller";
  readonly steps: readonly Step[];
}

/** The methods of the service `target`, by id: what a provider under test offers, and a caller under test finds. */
export const targetMethods = ["echo", "fail", "hold", "count", "flood"] as const;
export const [echo, fail, hold, count, flood] = [0, 1, 2, 3, 4] as const;
export const bulkBytes = 10_000;

const none = Buffer.alloc(0);
export const say = (kind: number, stream: number | string, payload: Buffer = none): SaidFrame => {
  return { kind, stream, payload: piecesOf(payload) };
};
export const value = (kind: number, stream: number | string, of: unknown): SaidFrame =>
  say(kind, stream, encodeApart(of));
const uint = (number: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};
export const requestPayload = (method: number, args: Buffer, remainingMs = 0): Buffer => {
  const head = Buffer.alloc(8);
  writeRequestHead(head, method, 1, 0, remainingMs === 0 ? Number.POSITIVE_INFINITY : remainingMs);
  return Buffer.concat([head, args]);
};
export const request = (stream: number, method: number, args: readonly unknown[], remainingMs = 0): SaidFrame =>
  say(frameKinds.request, stream, requestPayload(method, encodeApart(args), remainingMs));
/** One message in pieces. */
export const cut = (kind: number, stream: number | string, payload: Buffer): SaidFrame[] => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < payload.length; at += 16_384) pieces.push(payload.subarray(at, at + 16_384));
  return pieces.map((piece, at) => {
    const plain = at === 0 ? kind : frameKinds.fragment;
    return say(at + 1 < pieces.length ? plain | moreFlag : plain, stream, piece);
  });
};

export const credit = (stream: number | string, bytes: number): SaidFrame =>
  say(frameKinds.credit, stream, uint(bytes));
