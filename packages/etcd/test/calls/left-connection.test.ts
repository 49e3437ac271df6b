import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Etcd, openEtcd } from "../../src/index.js";

// members that answer as the test says: a real one gives no say in which of two calls is answered first

type Answer = (stream: ServerHttp2Stream) => void;

const answerHeaders = { ":status": 200, "content-type": "application/grpc+proto" } as const;

const noLeader: Answer = (stream) =>
  stream.respond({ ...answerHeaders, "grpc-status": 14, "grpc-message": "etcdserver: no leader" }, { endStream: true });

/** An empty message, which is what all its fields left out are. */
const done: Answer = (stream) => {
  stream.respond(answerHeaders, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
  stream.end(Buffer.alloc(5));
};

const never: Answer = () => {};

let servers: Http2Server[] = [];
let etcd: Etcd;
/** Of each key, what its writes are answered with; the last stays. */
let answers: Record<string, Answer[]> = {};
let written: string[] = [];

async function member(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  servers.push(server);
  server.on("sessionError", () => {});
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.once("data", (body: Buffer) => {
      const key = Object.keys(answers).find((each) => body.includes(each)) ?? "";
      written.push(key);
      const [answer = never, ...others] = answers[key] ?? [];
      if (others.length > 0) answers[key] = others;
      answer(stream);
    });
  });
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  written = [];
  etcd = await openEtcd({ endpoints: [await member(), await member()], opens: "later" });
});

afterEach(async () => {
  await etcd.close();
  for (const server of servers) server.close();
  servers = [];
});

it("a write under way on a connection that another call gave up, for want of a leader, is not made again", async () => {
  answers = { "/slow": [never], "/refused": [noLeader, done] };
  const slow = etcd.put("/slow", "1", { timeoutMs: 60_000 }).catch((error: unknown) => error);
  await expect.poll(() => written, { timeout: 30_000 }).toEqual(["/slow"]);
  await etcd.put("/refused", "1", { timeoutMs: 60_000 });
  expect(await slow).toMatchObject({ code: "unavailable", reason: "NO_QUORUM", notExecuted: false });
  expect(written).toEqual(["/slow", "/refused", "/refused"]);
});
