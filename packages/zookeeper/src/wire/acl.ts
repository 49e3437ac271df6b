import type { JuteReader } from "./jute-reader.js";
import type { JuteWriter } from "./jute-writer.js";

/** Bits of `Acl.permissions`. */
export const permissions = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;

/** Who may do what with one node; its children have lists of their own. */
export interface Acl {
  /** A sum of `permissions`. */
  readonly permissions: number;
  /** `world`, `auth`, `digest`, `ip`, `x509`, `sasl`. */
  readonly scheme: string;
  /** `anyone` for `world`; `user:base64(sha1(user:password))` for `digest`. */
  readonly id: string;
}

export const openAcl: readonly Acl[] = [{ permissions: permissions.all, scheme: "world", id: "anyone" }];

export function writeAcl(writer: JuteWriter, { permissions, scheme, id }: Acl): void {
  writer.int(permissions);
  writer.text(scheme);
  writer.text(id);
}

export function readAcl(reader: JuteReader): Acl {
  return { permissions: reader.int(), scheme: reader.text(), id: reader.text() };
}

/** The least one takes: a number and two empty texts. */
export const aclBytesMin = 12;
