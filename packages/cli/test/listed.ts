import type { ListedInstance } from "../src/system/listed-instance.js";

/** An instance in rotation, as the store would list it. */
export function listed(parts: Partial<ListedInstance> = {}): ListedInstance {
  return {
    id: "k3f9aaaaaaaa",
    service: "grading",
    version: "1.2.0",
    address: "tcp://127.0.0.1:4000",
    protocol: "skylark",
    url: null,
    state: "inRotation",
    registered: true,
    region: "local",
    zone: "",
    host: "mars",
    tags: [],
    weight: 100,
    pid: 7,
    startedAt: "2026-01-02T03:04:05.678Z",
    requires: [],
    override: null,
    ...parts,
  };
}
