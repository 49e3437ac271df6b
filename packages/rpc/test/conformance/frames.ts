import { frameKinds, moreFlag, preface } from "../../src/wire/frame.js";
import { frame } from "../support/frames.js";
import { type Pieces, piecesOf } from "./described.js";

interface FrameVector {
  readonly kind: number;
  readonly stream: number;
  readonly payload: Pieces;
}

export interface FrameVectors {
  /** A flow of bytes and the frames in it, however it is cut. */
  readonly accepted: readonly {
    readonly name: string;
    readonly clauses: string;
    readonly hex: Pieces;
    readonly frames: readonly FrameVector[];
  }[];
  /** A flow of bytes on which the receiver closes the connection. */
  readonly refused: readonly { readonly name: string; readonly clauses: string; readonly hex: Pieces }[];
}

type Said = readonly [kind: number, stream: number, payload?: Buffer];

const accepted: readonly (readonly [name: string, clauses: string, frames: readonly Said[]])[] = [
  ["the preface alone", "RPC-FRAME-1", []],
  [
    "a ping and a pong",
    "RPC-FRAME-2",
    [
      [frameKinds.ping, 0],
      [frameKinds.pong, 0],
    ],
  ],
  ["the highest stream id", "RPC-FRAME-7", [[frameKinds.cancel, 0xffff_ffff]]],
  ["the longest payload that is sent", "RPC-FRAME-3", [[frameKinds.response, 1, Buffer.alloc(16_384, 7)]]],
  ["the longest payload that is taken", "RPC-FRAME-3", [[frameKinds.response, 1, Buffer.alloc(17_408, 7)]]],
  [
    "a message in two pieces, and a small one between",
    "RPC-FRAME-6",
    [
      [frameKinds.response | moreFlag, 1, Buffer.alloc(16_384, 7)],
      [frameKinds.response, 3, Buffer.of(0xc0)],
      [frameKinds.fragment, 1, Buffer.of(7)],
    ],
  ],
];

const refused: readonly (readonly [name: string, clauses: string, bytes: Buffer])[] = [
  ["a request of HTTP", "RPC-FRAME-1", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["a preface that is wrong at its end", "RPC-FRAME-1", Buffer.from("9e534b594c41524c", "hex")],
  ["a preface that is wrong at its beginning", "RPC-FRAME-1", Buffer.from("1603", "hex")],
  ["one byte more than a frame may have, announced", "RPC-FRAME-3", prefaced(Buffer.from("0044010900000001", "hex"))],
  ["a frame of 16 MiB, announced", "RPC-FRAME-3", prefaced(Buffer.from("ffffff0900000001", "hex"))],
];

export function frameVectors(): FrameVectors {
  return {
    accepted: accepted.map(([name, clauses, frames]) => ({
      name,
      clauses,
      hex: piecesOf(prefaced(...frames.map((each) => frame(...each)))),
      frames: frames.map(([kind, stream, payload = Buffer.alloc(0)]) => ({ kind, stream, payload: piecesOf(payload) })),
    })),
    refused: refused.map(([name, clauses, bytes]) => ({ name, clauses, hex: piecesOf(bytes) })),
  };
}

function prefaced(...frames: readonly Buffer[]): Buffer {
  return Buffer.concat([preface, ...frames]);
}
