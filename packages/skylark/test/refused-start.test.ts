import type { Coordination, SessionId, WatchEvent } from "@skylark/coordination";
import { SkylarkError, silentLog } from "@skylark/core";
import { systemClock, systemRandom } from "@skylark/core/internal";
import { Registration } from "@skylark/discovery/internal";
import { connectionResources, MemoryNetwork, methodsOf, RpcServer, type Service } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";
import { LifecycleCalls } from "../src/application/lifecycle.js";
import { instanceRecord } from "../src/application/process-records.js";
import { Requirements } from "../src/application/requirements.js";
import { ServedService } from "../src/application/served-service.js";

const refusal = new SkylarkError("permission_denied", "this user may not write here");

/** A store that lets everybody read, and nobody write: what it does not do, nobody here asks for. */
const readOnly = {
  session: { kind: "established", id: "s1" as SessionId, ttlMs: 10_000 },
  onSession: () => () => {},
  get: () => Promise.resolve(undefined),
  create: () => Promise.reject(refusal),
  watch: (_prefix: string, listener: (event: WatchEvent) => void) => {
    queueMicrotask(() => listener({ kind: "snapshot", entries: [], resync: false }));
    return { close: () => {} };
  },
} as unknown as Coordination;

describe("a start that the store refuses", () => {
  it("fails as the store did, and takes back what it began", async () => {
    const resources = connectionResources();
    const server = new RpcServer({ instance: "i1", transport: new MemoryNetwork(), resources });
    const service: Service = { name: "greeter", version: "1", methods: methodsOf({ greet: async () => "hello" }) };
    const stages: string[] = [];
    const tell = (what: string) => () => void stages.push(what);
    const complaints: string[] = [];
    const log = (level: string, message: string): void => void (level === "warn" && complaints.push(message));
    const lifecycle = new LifecycleCalls(
      "greeter",
      { started: tell("started"), registered: tell("registered"), stopped: tell("stopped") },
      silentLog,
    );
    const settings = { region: "eu", zone: "", tags: [], weight: 100 };
    const offered = { address: "tcp://127.0.0.1:1", requires: ["log"], registered: true };
    const record = instanceRecord({ instance: "i1", startedAt: new Date(), settings }, service, offered);
    const registration = new Registration(readOnly, "default", record, {
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      onTransition: (registered) => void lifecycle.rotated(registered),
    });
    const consumer = { id: "i1", name: "greeter", host: "here", pid: 1, since: "now" };
    const requirements = new Requirements("default", log);
    server.offer(service);
    const served = new ServedService({
      service,
      address: offered.address,
      server,
      registration,
      lifecycle,
      candidacy: undefined,
      need: () => [requirements.need(readOnly, "log", consumer)],
      drainOptions: { noticeMs: 100, timeoutMs: 100 },
      settings: undefined,
      log: silentLog,
    });
    await expect(served.start()).rejects.toBe(refusal);
    expect(served.status).toBe("stopped");
    expect(registration.status.kind).toBe("left");
    expect(server.services).toEqual([]);
    expect(stages).toEqual(["started", "stopped"]);
    expect(complaints, "that it is not listed hinders no call").toEqual([
      '"log" is not listed as required by this process',
    ]);
    expect(await served.stopped()).toMatchObject({ services: ["greeter"], abandoned: 0 });
    await server.close();
  });
});
