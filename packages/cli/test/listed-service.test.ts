import { describe, expect, it } from "vitest";
import { type ListedConsumer, listedServices } from "../src/system/listed-service.js";
import { listed } from "./listed.js";

function consumer(service: string, name: string): ListedConsumer {
  return { service, id: `${name}-id`, name, host: "mars", pid: 3, since: "2026-01-02T03:04:05.678Z" };
}

describe("services", () => {
  it("OPS-1.1 are listed by name, each once, with what its instances and consumers come to", () => {
    const instances = [
      listed({ service: "log", id: "l1" }),
      listed({ id: "g1", version: "1.10.0", region: "us", url: "http://127.0.0.1:4000" }),
      listed({
        id: "g2",
        version: "1.9.0",
        region: "eu",
        host: "venus",
        state: "outOfRotation",
        protocol: "http",
        url: "http://venus:4000",
      }),
      listed({ id: "g3", version: "1.9.0", region: "eu", state: "leaving" }),
    ];
    expect(listedServices(instances, [consumer("grading", "portal"), consumer("elsewhere", "x")])).toEqual([
      {
        name: "grading",
        versions: ["1.9.0", "1.10.0"],
        protocols: ["http", "skylark"],
        urls: ["http://127.0.0.1:4000", "http://venus:4000"],
        instances: 3,
        inRotation: 1,
        regions: ["eu", "us"],
        hosts: ["mars", "venus"],
        consumers: [{ id: "portal-id", name: "portal", host: "mars", pid: 3 }],
      },
      {
        name: "log",
        versions: ["1.2.0"],
        protocols: ["skylark"],
        urls: [],
        instances: 1,
        inRotation: 1,
        regions: ["local"],
        hosts: ["mars"],
        consumers: [],
      },
    ]);
  });

  it("are none where nobody is registered, even where one is required", () => {
    expect(listedServices([], [consumer("grading", "portal")])).toEqual([]);
  });
});
