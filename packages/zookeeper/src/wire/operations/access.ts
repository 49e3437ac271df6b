import { type Acl, aclBytesMin, readAcl, writeAcl } from "../acl.js";
import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { operation, readNothing, writeNothing } from "../operation.js";
import { readStat, type Stat } from "../stat.js";
import { writePath } from "./path.js";

export interface SetAclRequest {
  readonly path: string;
  readonly acl: readonly Acl[];
  /** Of the access list (`aversion`). −1: whatever it is. */
  readonly version: number;
}

export interface AclReply {
  readonly acl: readonly Acl[];
  readonly stat: Stat;
}

export interface AuthRequest {
  readonly scheme: string;
  /** `user:password` in bytes, for `digest`. */
  readonly credentials: Uint8Array;
}

/** Whom the server takes the client for. */
export interface Identity {
  readonly scheme: string;
  readonly user: string;
}

function writeSetAcl(writer: JuteWriter, { path, acl, version }: SetAclRequest): void {
  writer.text(path);
  writer.vector(acl, writeAcl);
  writer.int(version);
}

function readAcls(reader: JuteReader): AclReply {
  return { acl: reader.vector(aclBytesMin, readAcl), stat: readStat(reader) };
}

function writeAuth(writer: JuteWriter, { scheme, credentials }: AuthRequest): void {
  writer.int(0); // a type that no server looks at
  writer.text(scheme);
  writer.buffer(credentials);
}

function readIdentities(reader: JuteReader): Identity[] {
  return reader.vector(8, () => ({ scheme: reader.text(), user: reader.text() }));
}

export const getAcl = operation("getAcl", writePath, readAcls);
export const setAcl = operation("setAcl", writeSetAcl, readStat);
/** Goes with the number `specialXids.auth`. A refusal ends the connection after the answer. */
export const auth = operation("auth", writeAuth, readNothing);
/** Since 3.7. */
export const whoAmI = operation<void, Identity[]>("whoAmI", writeNothing, readIdentities);
