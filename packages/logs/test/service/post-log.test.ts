import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { postLimits, postLog } from "../../src/service/post-log.js";
import type { LogStore } from "../../src/store/log-store.js";
import { FailingDisk } from "../support/failing-disk.js";
import { opened, range, read } from "../support/kept.js";

const servers: ReturnType<typeof createServer>[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(store: LogStore): Promise<string> {
  const server = createServer(postLog(store, "here-http")).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: "POST", body, headers });
}

describe("POST /log", () => {
  it("DEMO-1.4 appends each line of the body, naming its origin: as told, else the address", async () => {
    const store = await opened();
    const url = await listening(store);
    expect((await post(`${url}/log?origin=reporter`, "one\ntwo\r\n\nthree")).status).toBe(204);
    await post(`${url}/log`, "four", { "Skylark-Origin": "shell" });
    await post(`${url}/log`, "five");
    await post(`${url}/log?origin=a&level=error&request=r1`, "six", { "Skylark-Origin": "b", "X-Request-Id": "r2" });
    await post(`${url}/log?origin=`, "seven", { "X-Request-Id": "r2" });
    const kept = await read(store);
    expect(kept).toMatchObject([
      { origin: "reporter", level: "info", message: "one" },
      { origin: "reporter", level: "info", message: "two" },
      { origin: "reporter", level: "info", message: "three" },
      { origin: "shell", message: "four" },
      { origin: "127.0.0.1", message: "five" },
      { origin: "a", level: "error", message: "six", request: "r1" },
      { origin: "127.0.0.1", message: "seven", request: "r2" },
    ]);
    expect(kept.map(({ sequence }) => sequence)).toEqual(range(1, 7));
    expect(kept.every(({ instance }) => instance === "here-http")).toBe(true);
  });

  it("DEMO-1.4 takes no other method, and says which", async () => {
    const url = await listening(await opened());
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const response = await fetch(`${url}/log`, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  it("refuses what it does not understand, in the one shape of errors, and keeps none of it", async () => {
    const store = await opened();
    const url = await listening(store);
    const answers = [
      await post(`${url}/log`, ""),
      await post(`${url}/log`, "\n\n"),
      await post(`${url}/log?level=loud`, "words"),
      await post(`${url}/log`, new Uint8Array([0x66, 0xff, 0xfe])),
      await post(`${url}/log/more`, "words"),
      await post(`${url}/log`, "x".repeat(postLimits.bytesMax + 1)),
      await post(`${url}/log`, "x\n".repeat(postLimits.linesMax + 1)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 404, 413, 413]);
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
      error: { code: string; details: unknown };
    }[];
    expect(bodies.map(({ error }) => error.code)).toEqual([
      ...Array.from({ length: 4 }, () => "invalid_argument"),
      "not_found",
      "resource_exhausted",
      "resource_exhausted",
    ]);
    expect(bodies[2]?.error.details).toMatchObject({ problems: [{ field: "level" }] });
    expect(store.segments.end).toBe(0);
  });

  it("takes as much as it says", async () => {
    const store = await opened();
    const url = await listening(store);
    expect((await post(`${url}/log`, "x\n".repeat(postLimits.linesMax))).status).toBe(204);
    expect((await post(`${url}/log`, "x".repeat(postLimits.bytesMax))).status).toBe(204);
    expect(store.segments.end).toBe(postLimits.linesMax + 1);
    expect((await read(store, { last: 1 }))[0]?.message).toMatch(/… \(cut: \d+ of 1048576 bytes\)$/);
  });

  it("keeps control characters as data, and cuts names that are too long", async () => {
    const store = await opened();
    const url = await listening(store);
    await post(`${url}/log?origin=${"o".repeat(500)}&request=${"r".repeat(500)}`, "\u001b[2J\u0000\u0007");
    const [line] = await read(store);
    expect(line?.message).toBe("\u001b[2J\u0000\u0007");
    expect(line?.origin).toHaveLength(128);
    expect(line?.request).toBeUndefined();
  });

  it("says that the disk is full, and takes lines again when there is room", async () => {
    const disk = new FailingDisk();
    const url = await listening(await opened({ disk }));
    disk.failsWith = "ENOSPC";
    const full = await post(`${url}/log`, "words");
    expect([full.status, ((await full.json()) as { error: { code: string } }).error.code]).toEqual([
      429,
      "resource_exhausted",
    ]);
    disk.failsWith = undefined;
    expect((await post(`${url}/log`, "words")).status).toBe(204);
  });

  it("survives a client that hangs up in the middle", async () => {
    const store = await opened();
    const url = await listening(store);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("POST /log HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    socket.end();
    await text(socket).catch(() => "");
    expect((await post(`${url}/log`, "whole")).status).toBe(204);
    expect((await read(store)).map(({ message }) => message)).toEqual(["whole"]);
  });
});
