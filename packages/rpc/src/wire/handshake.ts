import { decodeValue, encodeApart } from "./codec.js";
import { protocolError } from "./protocol-error.js";

export const protocolVersion = 1;

/** Who calls, and what proves it. Grants accept only proof; `none` is a claim. */
export interface CallerIdentity {
  readonly name: string;
  readonly proof: "none";
}

/** The first frame of the side that dialled. */
export interface Hello {
  readonly version: number;
  readonly identity: CallerIdentity;
  /** The instance that was meant; anyone else who answers on this address refuses. Undefined: whoever answers. */
  readonly instance: string | undefined;
  /** The longest message this side takes. */
  readonly messageBytesMax: number;
}

export type MethodShape = "unary" | "stream";

/** What a caller without a contract must know of a method. */
export interface MethodEntry {
  readonly id: number;
  readonly name: string;
  readonly shape: MethodShape;
  readonly idempotent: boolean;
  /** Changes when the method's contract does; empty for a method without one. */
  readonly layout: string;
}

export interface ServiceEntry {
  readonly name: string;
  readonly version: string;
  readonly methods: readonly MethodEntry[];
}

/** The first frame of the side that was dialled. */
export interface Welcome {
  readonly version: number;
  readonly instance: string;
  readonly services: readonly ServiceEntry[];
  readonly messageBytesMax: number;
}

export function encodeHello(hello: Hello): Buffer {
  return encodeApart(hello);
}

export function decodeHello(bytes: Buffer, start: number, end: number): Hello {
  const fields = recordOf(decodeValue(bytes, start, end));
  const identity = recordOf(fields["identity"]);
  return {
    version: numberOf(fields["version"]),
    identity: { name: stringOf(identity["name"]), proof: "none" },
    instance:
      fields["instance"] === undefined || fields["instance"] === null ? undefined : stringOf(fields["instance"]),
    messageBytesMax: numberOf(fields["messageBytesMax"]),
  };
}

export function encodeWelcome(welcome: Welcome): Buffer {
  return encodeApart(welcome);
}

export function decodeWelcome(bytes: Buffer, start: number, end: number): Welcome {
  const fields = recordOf(decodeValue(bytes, start, end));
  return {
    version: numberOf(fields["version"]),
    instance: stringOf(fields["instance"]),
    services: servicesOf(fields["services"]),
    messageBytesMax: numberOf(fields["messageBytesMax"]),
  };
}

export function encodeTable(services: readonly ServiceEntry[]): Buffer {
  return encodeApart(services);
}

export function decodeTable(bytes: Buffer, start: number, end: number): readonly ServiceEntry[] {
  return servicesOf(decodeValue(bytes, start, end));
}

function servicesOf(value: unknown): ServiceEntry[] {
  return listOf(value).map((item) => {
    const service = recordOf(item);
    return {
      name: stringOf(service["name"]),
      version: stringOf(service["version"]),
      methods: listOf(service["methods"]).map(methodOf),
    };
  });
}

function methodOf(value: unknown): MethodEntry {
  const method = recordOf(value);
  return {
    id: numberOf(method["id"]),
    name: stringOf(method["name"]),
    shape: method["shape"] === "stream" ? "stream" : "unary",
    idempotent: method["idempotent"] === true,
    layout: stringOf(method["layout"]),
  };
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("a map", value);
  return value as Record<string, unknown>;
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed("a list", value);
  return value;
}

function stringOf(value: unknown): string {
  if (typeof value !== "string") throw malformed("a string", value);
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw malformed("a number", value);
  return value;
}

function malformed(expected: string, value: unknown): Error {
  return protocolError(`the handshake holds ${typeof value} where ${expected} belongs`);
}
