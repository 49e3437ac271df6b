import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy, zooKeeperFraming } from "../../src/index.js";
import { EchoClient, EchoServer } from "./echo-server.js";

let server: EchoServer;
let proxy: FaultProxy;
let clients: EchoClient[];

beforeEach(async () => {
  server = new EchoServer();
  proxy = await startFaultProxy({ target: await server.listen(), framing: zooKeeperFraming });
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await proxy.close();
  await server.close();
});

function client(): EchoClient {
  const made = new EchoClient(proxy.address);
  clients.push(made);
  return made;
}

/** A frame as ZooKeeper's: length, number, two letters. */
function frame(number: number, letters: string): Buffer {
  const bytes = Buffer.from(`        ${letters}`);
  bytes.writeInt32BE(bytes.length - 4, 0);
  bytes.writeInt32BE(number, 4);
  return bytes;
}

const frameBytes = 10;

describe("passing on", () => {
  it("passes on what either side says, whole and in order", async () => {
    const one = client();
    const large = Array.from({ length: 100_000 }, (_, n) => frame(n, "ab"));
    one.say(Buffer.concat(large));
    expect((await one.hears(large.length * frameBytes)) === Buffer.concat(large).toString()).toBe(true);
  });

  it("tells the client that the server is gone", async () => {
    const one = client();
    one.say(frame(1, "ab"));
    await one.hears(frameBytes);
    await server.close();
    await expect(one.ended).resolves.toBeUndefined();
    server = new EchoServer();
    await server.listen();
  });
});

describe("connections", () => {
  it("cuts those that are there, and takes new ones", async () => {
    const old = client();
    old.say(frame(1, "ab"));
    await old.hears(frameBytes);
    expect(proxy.connections).toBe(1);
    proxy.cut();
    await old.ended;
    expect(proxy.connections).toBe(0);
    const next = client();
    next.say(frame(2, "cd"));
    expect(await next.hears(frameBytes)).toContain("cd");
  });

  it("refuses new ones until it accepts again", async () => {
    proxy.refuse();
    await client().ended;
    expect(proxy.connections).toBe(0);
    proxy.accept();
    const one = client();
    one.say(frame(1, "ab"));
    expect(await one.hears(frameBytes)).toContain("ab");
  });
});

describe("time", () => {
  it("holds back what the server says, and keeps the order", async () => {
    const one = client();
    proxy.delay(50, ["to-client"]);
    const saidAt = performance.now();
    one.say(frame(1, "ab"));
    await expect.poll(() => server.heard).toBe(frameBytes);
    proxy.delay(0);
    one.say(frame(2, "cd"));
    expect(await one.hears(2 * frameBytes)).toMatch(/ab.*cd/s);
    expect(performance.now() - saidAt).toBeGreaterThanOrEqual(49); // a timer may be early by less than a millisecond
  });

  it("lets nothing pass while frozen, and everything afterwards", async () => {
    const one = client();
    one.say(frame(1, "ab"));
    await one.hears(frameBytes);
    proxy.freeze();
    one.say(frame(2, "cd"));
    const other = client();
    proxy.freeze(["to-client"]); // again, for one direction: the other stays frozen
    other.say(frame(3, "ef"));
    await expect.poll(() => proxy.connections).toBe(2);
    expect(server.heard).toBe(frameBytes);
    proxy.thaw();
    expect(await one.hears(2 * frameBytes)).toContain("cd");
    expect(await other.hears(frameBytes)).toContain("ef");
  });

  it("freezes one direction: the server hears, the client is not told", async () => {
    const one = client();
    proxy.freeze(["to-client"]);
    one.say(frame(1, "ab"));
    await expect.poll(() => server.heard).toBe(frameBytes);
    expect(one.told).toBe("");
    proxy.thaw();
    expect(await one.hears(frameBytes)).toContain("ab");
  });

  it("drops one direction, and cuts what lost something when that ends", async () => {
    const one = client();
    proxy.drop("to-client");
    one.say(frame(1, "ab"));
    await expect.poll(() => server.heard).toBe(frameBytes);
    proxy.thaw();
    await one.ended;
    expect(one.told).toBe("");
  });
});

describe("one reply", () => {
  it("lets the request through, swallows its reply and cuts the connection", async () => {
    const one = client();
    one.say(frame(1, "ab"));
    await one.hears(frameBytes);
    const lost = proxy.dropReplyTo();
    one.say(frame(2, "cd"));
    await lost;
    await one.ended;
    expect(server.heard).toBe(2 * frameBytes);
    expect(one.told).not.toContain("cd");
  });

  it("swallows the reply to the request that is meant, and goes on where it is told so", async () => {
    const one = client();
    const lost = proxy.dropReplyTo((request) => request.toString().includes("cd"), "go on");
    one.say(Buffer.concat([frame(1, "ab"), frame(2, "cd"), frame(3, "ef")]));
    await lost;
    expect(await one.hears(2 * frameBytes)).toMatch(/ab.*ef/s);
    expect(one.told).not.toContain("cd");
    expect(server.heard).toBe(3 * frameBytes);
  });

  it("says so where the connection goes before the reply comes", async () => {
    const one = client();
    proxy.freeze(["to-server"]);
    const lost = proxy.dropReplyTo((request) => request.toString().includes("ab"));
    one.say(frame(1, "ab"));
    await expect.poll(() => proxy.connections).toBe(1);
    one.close();
    proxy.thaw();
    await expect(lost).resolves.toBeUndefined();
  });

  it("needs to be told how frames are told apart", async () => {
    await using plain = await startFaultProxy({ target: proxy.address });
    expect(() => plain.dropReplyTo()).toThrow("how to tell frames apart");
  });
});
