import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { Outgoing } from "../src/http/outgoing.js";

/** Of what ends by this alone. */
const shortMs = 300;
/** Of what ends by itself. */
const patientMs = 15_000;

/** A server that does with each connection what the test says; it closes with the test. */
async function hostile(
  act: (socket: Socket) => void,
): Promise<{ readonly url: string; readonly sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {}));
    socket.once("data", () => act(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, sockets };
}

function outgoing(): Outgoing {
  const opened = new Outgoing();
  onTestFinished(() => opened.close());
  return opened;
}

/** Writes again and again, until nobody takes it any more. */
function flood(socket: Socket, chunk: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

const ok = "HTTP/1.1 200 OK\r\n";
const provisional = "HTTP/1.1 103 Early\r\nx: y\r\n\r\n";

describe("what is asked of a participant", () => {
  it("REG-HTTP-12 is answered by a status of 2xx", async () => {
    for (const status of [200, 201, 204, 299]) {
      const { url } = await hostile((socket) => socket.end(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`));
      const signal = AbortSignal.timeout(patientMs);
      await expect(outgoing().get(url, signal)).resolves.toBeUndefined();
      await expect(outgoing().post(url, {}, signal)).resolves.toBeUndefined();
    }
  });

  it.each([
    [301, /301, and redirects are not followed/],
    [302, /302, and redirects/],
    [307, /307, and redirects/],
    [404, /answered with status 404$/],
    [500, /status 500/],
  ])("is not answered by %i", async (status, words) => {
    let asked = 0;
    const { url } = await hostile((socket) => {
      asked++;
      socket.end(`HTTP/1.1 ${status} X\r\nlocation: ${url}/elsewhere\r\ncontent-length: 0\r\n\r\n`);
    });
    await expect(outgoing().get(url, AbortSignal.timeout(patientMs))).rejects.toThrow(words);
    expect(asked).toBe(1);
  });

  it.each<[string, (socket: Socket) => void, "well" | RegExp, number]>([
    ["never", () => {}, /did not answer in time/, shortMs],
    ["by headers, one letter at a time", (socket) => drip(socket, ok), /did not answer in time/, shortMs],
    ["by a reset", (socket) => socket.resetAndDestroy(), /./, patientMs],
    ["by nonsense", (socket) => socket.end("\xff\xfe\x00 nonsense\r\n\r\n"), /./, patientMs],
    ["by an end", (socket) => socket.end(), /./, patientMs],
    ["by a million headers", (socket) => millionHeaders(socket), /./, patientMs],
    ["by provisional answers without end", (socket) => flood(socket, provisional), /never finally/, patientMs],
    ["by a status and half a body", (socket) => socket.end(`${ok}content-length: 9\r\n\r\nhalf`), "well", patientMs],
    ["by a status and a body of 10 GB", (socket) => tenGigabytes(socket), "well", patientMs],
    ["by a status and chunks without end", (socket) => endless(socket), "well", patientMs],
    ["by a status and a body that drips", (socket) => drip(socket, `${ok}content-length: 9999\r\n\r\n`), "well", 6000],
    ["by no UTF-8", (socket) => socket.end(`${ok}content-length: 2\r\n\r\n\xff\xfe`, "latin1"), "well", patientMs],
  ])("is over where it is answered %s, and nothing more of it is read", async (_how, act, outcome, timeoutMs) => {
    const { url, sockets } = await hostile(act);
    const asked = outgoing().get(url, AbortSignal.timeout(timeoutMs));
    if (outcome === "well") await expect(asked).resolves.toBeUndefined();
    else await expect(asked).rejects.toThrow(outcome);
    while ([...sockets].some(({ writableNeedDrain }) => writableNeedDrain)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it("is refused at once where nobody listens", async () => {
    await expect(outgoing().get("http://127.0.0.1:1/x", AbortSignal.timeout(patientMs))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("ECONNREFUSED") as string,
    });
  });
});

/** Headers that have an end, then letters that have none; or letters of a header from the start. */
function drip(socket: Socket, first: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write("x"), 20);
  socket.on("close", () => clearInterval(timer));
}

function millionHeaders(socket: Socket): void {
  socket.write(ok);
  flood(socket, "x-header: value\r\n".repeat(1000));
}

function tenGigabytes(socket: Socket): void {
  socket.write(`${ok}content-length: ${10 * 1024 ** 3}\r\n\r\n`);
  flood(socket, "x".repeat(64 * 1024));
}

function endless(socket: Socket): void {
  socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
  flood(socket, `10000\r\n${"x".repeat(65_536)}\r\n`);
}
