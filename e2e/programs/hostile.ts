import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { answer } from "./side.js";

/** Participants that answer heartbeats and patches as no program of good will would, each in its own manner. */

const ok = "HTTP/1.1 200 OK\r\n";

const manners: Readonly<Record<string, (socket: Socket) => void>> = {
  never: () => {},
  reset: (socket) => socket.resetAndDestroy(),
  nonsense: (socket) => socket.end(Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x0d, 0x0a])),
  redirect: (socket) => socket.end("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
  redirectToItself: (socket) => socket.end("HTTP/1.1 307 Again\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
  tenGigabytes: (socket) => flood(socket, `${ok}content-length: ${10 * 1024 ** 3}\r\n\r\n`, "x".repeat(65_536)),
  endlessChunks: (socket) =>
    flood(socket, `${ok}transfer-encoding: chunked\r\n\r\n`, `10000\r\n${"x".repeat(65_536)}\r\n`),
  millionHeaders: (socket) => flood(socket, ok, "x-header: some value\r\n".repeat(1000)),
  oneLongHeader: (socket) => flood(socket, `${ok}x-header: `, "x".repeat(65_536)),
  provisional: (socket) => flood(socket, "", "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(100)),
  headersDripping: (socket) => drip(socket, ok),
  bodyDripping: (socket) => drip(socket, `${ok}content-length: 100000\r\n\r\n`),
  notUtf8: (socket) =>
    socket.end(Buffer.concat([Buffer.from(`${ok}content-length: 2\r\n\r\n`), Buffer.from([0xff, 0xfe])])),
  twoAnswers: (socket) => socket.end(`${ok}content-length: 0\r\n\r\n`.repeat(1000)),
};

function flood(socket: Socket, first: string, chunk: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  if (first !== "") socket.write(first);
  socket.on("drain", more);
  more();
}

function drip(socket: Socket, first: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write("x"), 50);
  socket.on("close", () => clearInterval(timer));
}

const asked: Record<string, number> = {};

const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (bytes: Buffer) => {
    const manner = /^[A-Z]+ \/(\w+)\//.exec(bytes.toString("latin1"))?.[1] ?? "";
    asked[manner] = (asked[manner] ?? 0) + 1;
    manners[manner]?.(socket);
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");

answer(
  {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    manners: Object.keys(manners),
    pid: process.pid,
  },
  {
    /** How often each was asked. */
    asked: () => asked,
  },
);
