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

/** `server-stream`: one request, any number of messages. `stream`: messages both ways. */
export type MethodShape = "unary" | "server-stream" | "stream";

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
  const { version, identity, instance = null, messageBytesMax } = hello;
  return encodeApart({ version, identity, instance, messageBytesMax });
}

/** Of a hello in another version of the protocol only the version is read: the rest may have changed its shape. */
export function decodeHello(bytes: Buffer, start: number, end: number): Hello {
  const fields = recordOf(decodeValue(bytes, start, end));
  const version = countOf(fields["version"], versionMax);
  if (version !== protocolVersion) return { ...unread, version };
  const identity = recordOf(fields["identity"]);
  return {
    version,
    identity: { name: stringOf(identity["name"]), proof: "none" },
    instance:
      fields["instance"] === undefined || fields["instance"] === null ? undefined : stringOf(fields["instance"]),
    messageBytesMax: countOf(fields["messageBytesMax"], bytesMax),
  };
}

const versionMax = 0xffff;
const bytesMax = 0xffff_ffff;
const methodIdMax = 0xffff;
const unread = { identity: { name: "", proof: "none" }, instance: undefined, messageBytesMax: 0 } as const;

export function encodeWelcome({ version, instance, services, messageBytesMax }: Welcome): Buffer {
  return encodeApart({ version, instance, services, messageBytesMax });
}

export function decodeWelcome(bytes: Buffer, start: number, end: number): Welcome {
  const fields = recordOf(decodeValue(bytes, start, end));
  return {
    version: countOf(fields["version"], versionMax),
    instance: stringOf(fields["instance"]),
    services: servicesOf(fields["services"]),
    messageBytesMax: countOf(fields["messageBytesMax"], bytesMax),
  };
}

export function encodeTable(services: readonly ServiceEntry[]): Buffer {
  return encodeApart(services);
}

export function decodeTable(bytes: Buffer, start: number, end: number): readonly ServiceEntry[] {
  return servicesOf(decodeValue(bytes, start, end));
}

/** The payload of `drain` and `drained`: names of services. */
export function decodeNames(bytes: Buffer, start: number, end: number): string[] {
  return listOf(decodeValue(bytes, start, end)).map(stringOf);
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
    id: countOf(method["id"], methodIdMax),
    name: stringOf(method["name"]),
    shape: shapeOf(method["shape"]),
    idempotent: method["idempotent"] === true,
    layout: method["layout"] === undefined ? "" : stringOf(method["layout"]),
  };
}

function shapeOf(value: unknown): MethodShape {
  return value === "stream" || value === "server-stream" ? value : "unary";
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

function countOf(value: unknown, most: number): number {
  const fits = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
  if (!fits) throw malformed(`a whole number up to ${most}`, value);
  return value;
}

function malformed(expected: string, value: unknown): Error {
  const found = typeof value === "number" ? String(value) : value === null ? "nil" : typeof value;
  return protocolError(`a message of the connection holds ${found} where ${expected} belongs`);
}
