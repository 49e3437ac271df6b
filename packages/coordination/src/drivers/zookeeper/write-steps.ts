import type { Acl, MultiOperation } from "@skylark/zookeeper";

export const noData = "";

/** What a node is made with. */
export interface NewNode {
  readonly json: string;
  readonly ephemeral: boolean;
}

/** Leads to others, and is no entry. */
export const emptyWay: NewNode = { json: noData, ephemeral: false };

export function creation(path: string, { json, ephemeral }: NewNode, acl: readonly Acl[] | undefined): MultiOperation {
  return { kind: "create", path, data: json, mode: ephemeral ? "ephemeral" : "persistent", acl };
}

/** @param version only if the node has it; undefined: whatever it has */
export function dataWrite(path: string, data: string, version?: number): MultiOperation {
  return { kind: "setData", path, data, version };
}

/** Whoever saw the guard before this write can no longer check it: something was created in its stripe. */
export function guardWrite(path: string): MultiOperation {
  return dataWrite(path, noData);
}
