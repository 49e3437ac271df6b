import { silentLog } from "@skylark/core";
import { describe, expect, it } from "vitest";
import type { Engine, Written } from "../../src/engine/engine.js";
import { SessionListeners } from "../../src/engine/session-listeners.js";
import { StoreClient } from "../../src/engine/store-client.js";
import type { SessionStatus } from "../../src/port.js";

/** Notes what it is asked for. */
class NotingEngine implements Engine {
  readonly asked: string[] = [];
  readonly listeners = new SessionListeners(silentLog);
  readonly sessionRemainingMs = 0;
  session: SessionStatus = { kind: "connecting" };

  async get(): Promise<undefined> {
    this.asked.push("get");
  }
  async list(): Promise<[]> {
    this.asked.push("list");
    return [];
  }
  async children(): Promise<[]> {
    this.asked.push("children");
    return [];
  }
  async write(operations: readonly unknown[]): Promise<Written[]> {
    this.asked.push(`write ${operations.length}`);
    return operations.map(() => true);
  }
  async status(): Promise<never> {
    throw new Error("not asked for here");
  }
  watch() {
    this.asked.push("watch");
    return { close: () => {} };
  }
  async close(): Promise<void> {
    this.asked.push("close");
    this.session = { kind: "closed" };
  }
}

describe("a client of the store, on any engine", () => {
  it("asks the engine nothing that could not be answered", async () => {
    const engine = new NotingEngine();
    const client = new StoreClient(engine);
    const invalid = { code: "invalid_argument" };
    await expect(client.get("no/key")).rejects.toMatchObject(invalid);
    await expect(client.list("/no/")).rejects.toMatchObject(invalid);
    await expect(client.children("")).rejects.toMatchObject(invalid);
    await expect(client.put("/a", undefined as never)).rejects.toMatchObject(invalid);
    await expect(client.delete("a")).rejects.toMatchObject(invalid);
    expect(() => client.watch("//", () => {})).toThrow(expect.objectContaining(invalid));
    expect(await client.multi([])).toEqual([]);
    expect(engine.asked).toEqual([]);
  });

  it("closes its engine once, and refuses everything from then on", async () => {
    const engine = new NotingEngine();
    const client = new StoreClient(engine);
    expect(await client.delete("/a")).toBe(true);
    await Promise.all([client.close(), client.close()]);
    const closed = { code: "failed_precondition", notExecuted: true };
    await expect(client.get("/a")).rejects.toMatchObject(closed);
    await expect(client.create("/a", 1)).rejects.toMatchObject(closed);
    await expect(client.status()).rejects.toMatchObject(closed);
    expect(() => client.watch("/", () => {})).toThrow(expect.objectContaining(closed));
    expect(engine.asked).toEqual(["write 1", "close"]);
  });

  it("tells every listener of its session, the same function given twice too, until it is taken back", () => {
    const engine = new NotingEngine();
    const client = new StoreClient(engine);
    const heard: string[] = [];
    const listener = ({ kind }: SessionStatus) => void heard.push(kind);
    client.onSession(() => {
      throw new Error("a listener's own");
    });
    const takeBack = client.onSession(listener);
    client.onSession(listener);
    engine.listeners.tell({ kind: "connecting" });
    takeBack();
    engine.listeners.tell({ kind: "closed" });
    expect(heard).toEqual(["connecting", "connecting", "closed"]);
  });
});
