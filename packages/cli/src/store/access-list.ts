import { type Grant, permissionNames } from "@skylark/coordination/internal";
import { UsageError } from "../failure.js";

/** `world:anyone:r,digest:ada:…=:cdrwa`: the scheme, who, and the first letters of what they may, as ZooKeeper's own tools have it. */
export function accessList(text: string): Grant[] {
  return text.split(",").map(grant);
}

function grant(text: string): Grant {
  const parts = /^([a-z0-9]+):(.*):([a-z]*)$/.exec(text);
  const [, scheme = "", id = "", letters = ""] = parts ?? [];
  const permissions = permissionNames.filter((name) => letters.includes(name.charAt(0)));
  if (!parts || permissions.length !== letters.length) {
    const example = "world:anyone:r,auth::cdrwa";
    throw new UsageError(`${text} is no grant: write scheme:who:permissions with letters of cdrwa, such as ${example}`);
  }
  return { scheme, id, permissions };
}

export function grantText({ scheme, id, permissions }: Grant): string {
  return `${scheme}:${id}:${permissions.map((name) => name.charAt(0)).join("")}`;
}
