import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { StatusStream } from "../portal/status/status-stream.js";
import { type StatusSources, StatusWatch } from "../portal/status/status-watch.js";
import type { Presence, SystemStatus } from "../portal/status/system-status.js";

/** Parts that come and go as a test says, and count how often they are asked. */
class StagedParts implements StatusSources {
  readonly presence: { grading: Presence; log: Presence } = { grading: "here", log: "here" };
  asked = 0;

  grading = async (): Promise<Presence> => {
    this.asked++;
    return this.presence.grading;
  };
  log = async (): Promise<Presence> => this.presence.log;
}

const here: SystemStatus = { grading: "here", log: "here" };

describe("what is there", () => {
  it("is told once it is known, and whenever it changes, to everybody who watches", async () => {
    const parts = new StagedParts();
    const watch = new StatusWatch(parts, 1);
    const first: SystemStatus[] = [];
    const second: SystemStatus[] = [];
    const leave = watch.subscribe((status) => first.push(status));
    expect(first).toEqual([]);
    await expect.poll(() => first).toEqual([here]);
    watch.subscribe((status) => second.push(status))();
    expect(second).toEqual([here]); // at once: it is known already
    parts.presence.grading = "away";
    await expect.poll(() => first.at(-1)).toEqual({ grading: "away", log: "here" });
    parts.presence.log = "away";
    await expect.poll(() => first.at(-1)).toEqual({ grading: "away", log: "away" });
    parts.presence.grading = "here";
    parts.presence.log = "here";
    await expect.poll(() => first.at(-1)).toEqual(here);
    leave();
    expect(second).toEqual([here]);
  });

  it("is asked for only while somebody wants to know, and anew for whoever comes later", async () => {
    const parts = new StagedParts();
    const watch = new StatusWatch(parts, 1);
    expect(parts.asked).toBe(0);
    const told = vi.fn();
    const leave = watch.subscribe(told);
    await expect.poll(() => told.mock.calls.length).toBe(1);
    leave();
    const asked = parts.asked;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(parts.asked).toBe(asked);
    parts.presence.grading = "away";
    const later: SystemStatus[] = [];
    const leaveAgain = watch.subscribe((status) => later.push(status));
    await expect.poll(() => later).toEqual([{ grading: "away", log: "here" }]);
    leaveAgain();
  });

  it("is looked at at once when a request has failed", async () => {
    const parts = new StagedParts();
    const watch = new StatusWatch(parts, 1_000_000);
    watch.lookNow(); // nobody watches: nothing to look for
    expect(parts.asked).toBe(0);
    const told: SystemStatus[] = [];
    const leave = watch.subscribe((status) => told.push(status));
    await expect.poll(() => told).toEqual([here]);
    parts.presence.grading = "away";
    watch.lookNow();
    watch.lookNow(); // it is looking already
    await expect.poll(() => told).toHaveLength(2);
    expect(parts.asked).toBe(2);
    leave();
  });
});

describe("the stream of what is there", () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.closeAllConnections();
  });

  async function served(watch: StatusWatch): Promise<{ stream: StatusStream; url: string }> {
    const stream = new StatusStream(watch);
    const server = createServer((_, response) => stream.serve(response, {}) || response.writeHead(503).end());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { stream, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  }

  function opened(url: string): Promise<IncomingMessage> {
    return new Promise((resolve) => get(url, { agent: false }, resolve).on("error", () => {}));
  }

  it("begins with when to come back, says what is there, and ends when the portal leaves", async () => {
    const parts = new StagedParts();
    const { stream, url } = await served(new StatusWatch(parts, 1));
    const response = await fetch(url);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    parts.presence.grading = "away";
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('"grading":"away"')) text += (await reader?.read())?.value ?? "";
    expect(text).toMatch(/^retry: 1000\n\n(event: status\ndata: \{.*\}\n\n)+$/);
    stream.close();
    while (!(await reader?.read())?.done);
  });

  it("takes so many listeners and no more, and forgets those who left", async () => {
    const parts = new StagedParts();
    const { url } = await served(new StatusWatch(parts, 1));
    const listeners = await Promise.all(Array.from({ length: 200 }, () => opened(url)));
    expect(new Set(listeners.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect((await opened(url)).statusCode).toBe(503);
    listeners[0]?.destroy();
    await expect.poll(async () => (await opened(url)).statusCode).toBe(200);
    for (const listener of listeners) listener.destroy();
  });
});
