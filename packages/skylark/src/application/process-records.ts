import { hostname } from "node:os";
import { randomId } from "@skylark/core/internal";
import type { ConsumerRecord, InstanceRecord } from "@skylark/discovery/internal";
import type { Service } from "@skylark/rpc/internal";
import type { RuntimeSettings } from "../settings/runtime-settings.js";

/** What is the same in all that a process says of itself in the store. */
export interface ProcessIdentity {
  /** Random per start. */
  readonly instance: string;
  readonly startedAt: Date;
  readonly settings: Pick<RuntimeSettings, "region" | "zone" | "tags" | "weight">;
}

/** How this process is listed as an instance of a service. */
export function instanceRecord(
  { instance, startedAt, settings: { region, zone, tags, weight } }: ProcessIdentity,
  { name, version }: Service,
  offered: Pick<InstanceRecord, "address" | "url" | "registered" | "requires">,
): InstanceRecord {
  return {
    id: instance,
    service: name,
    version,
    protocol: "skylark",
    region,
    zone,
    host: hostname(),
    tags,
    weight,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    nonce: randomId(),
    state: "serving",
    ...offered,
  };
}

/** How this process is listed as a consumer; `served`: what it offers itself, if anything. */
export function consumerRecord(
  { instance, startedAt }: ProcessIdentity,
  name: string,
  served: { readonly version: string; readonly address: string } | undefined,
): ConsumerRecord {
  const since = startedAt.toISOString();
  const { version, address } = served ?? {};
  return { id: instance, name, version, host: hostname(), pid: process.pid, address, since };
}
