import type { Operation } from "@skylark/coordination";
import { coordinationLimits } from "@skylark/coordination";
import { type InstanceRecord, layout } from "@skylark/discovery/internal";

export const cluster = "bench";
export const service = "grading";
const keys = layout(cluster);

/** Above all instances of the service. */
export const instancesParent = keys.services(service);

/** An instance as providers register it: some 400 bytes. `nonce` tells one write of it from the others. */
export function instanceRecord(index: number, nonce: string): InstanceRecord {
  const host = `10.0.${Math.floor(index / 250)}.${1 + (index % 250)}`;
  return {
    id: `k${index.toString(36).padStart(5, "0")}`,
    service,
    version: "1.4.2",
    address: `tcp://${host}:4000`,
    protocol: "skylark",
    url: `http://${host}:4000`,
    region: "eu",
    zone: `eu-${index % 3}`,
    host: `machine-${index}`,
    tags: ["graded", "fast"],
    weight: 100,
    pid: 4000 + index,
    startedAt: "2026-01-01T00:00:00.000Z",
    nonce,
    registered: true,
    state: "serving",
    requires: ["students"],
  };
}

export function instanceKey({ address, id }: InstanceRecord): string {
  return keys.instance(service, address, id);
}

/** The registrations of the first so many instances, in atomic writes as large as the port takes them. */
export function* registrations(count: number): Generator<Operation[]> {
  const most = coordinationLimits.operationsMax;
  for (let first = 0; first < count; first += most) {
    const length = Math.min(most, count - first);
    yield Array.from({ length }, (_, index): Operation => {
      const record = instanceRecord(first + index, "0");
      return { kind: "create", key: instanceKey(record), value: { ...record } as never, ephemeral: true };
    });
  }
}
