import { type Acl, writeAcl } from "../acl.js";
import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { operation, readNothing } from "../operation.js";
import { readStat, type Stat } from "../stat.js";
import { readPath, type VersionRequest, writeVersion } from "./path.js";

/** What kind of node a create makes: the number its request carries. */
export const createFlags = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  persistentTtl: 5,
  persistentSequentialTtl: 6,
} as const;

export interface CreateRequest {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** One of `createFlags`. */
  readonly flags: number;
}

export interface CreateTtlRequest extends CreateRequest {
  /** The node goes after this long without a write and without children. */
  readonly ttlMs: number;
}

export interface CreateReply {
  /** With its number at the end where the node is sequential. */
  readonly path: string;
  readonly stat: Stat;
}

export function writeCreate(writer: JuteWriter, { path, data, acl, flags }: CreateRequest): void {
  writer.text(path);
  writer.buffer(data);
  writer.vector(acl, writeAcl);
  writer.int(flags);
}

export function writeCreateTtl(writer: JuteWriter, request: CreateTtlRequest): void {
  writeCreate(writer, request);
  writer.long(BigInt(request.ttlMs));
}

export function readCreated(reader: JuteReader): CreateReply {
  return { path: reader.text(), stat: readStat(reader) };
}

/** Answers with the path only; `create2` says more. */
export const create = operation("create", writeCreate, readPath);
export const create2 = operation("create2", writeCreate, readCreated);
export const createContainer = operation("createContainer", writeCreate, readCreated);
export const createTtl = operation("createTtl", writeCreateTtl, readCreated);
/** Named so because `delete` is a word of the language. */
export const deleteNode = operation<VersionRequest, void>("delete", writeVersion, readNothing);
