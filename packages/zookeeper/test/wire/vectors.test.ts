import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readConnectResponse, writeConnectRequest } from "../../src/wire/connect.js";
import { readReplyHeader } from "../../src/wire/headers.js";
import { JuteReader } from "../../src/wire/jute-reader.js";
import { JuteWriter } from "../../src/wire/jute-writer.js";
import { writePacket } from "../../src/wire/operation.js";
import { operations } from "../../src/wire/operations.js";
import { readWatchEvent } from "../../src/wire/watch-event.js";
import { vectorExchanges } from "./vector-exchanges.js";

interface Vectors {
  readonly exchanges: readonly { readonly request: string; readonly reply: string }[];
  readonly events: readonly string[];
}

const file = new URL("vectors/official-client.json", import.meta.url);
const { exchanges, events } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const readerOf = (hex: string) => new JuteReader(Buffer.from(hex, "hex"));
const withoutLength = (packet: Buffer) => packet.subarray(4).toString("hex");
const writer = new JuteWriter();

/** Answers whose body repeats the header's error, which nobody needs. */
const repeatsError: ReadonlySet<string> = new Set([operations.addWatch.name]);

const named = vectorExchanges.map((exchange, index) => {
  const name = exchange.kind === "connect" ? "connect" : exchange.operation.name;
  return [`${index}: ${name}`, exchange, exchanges[index] ?? { request: "", reply: "" }] as const;
});

describe("what ZooKeeper's own client and a real server said to each other", () => {
  it("holds every operation, and every exchange that was recorded", () => {
    expect(vectorExchanges).toHaveLength(exchanges.length);
    const used = new Set(vectorExchanges.flatMap((each) => (each.kind === "call" ? [each.operation.name] : [])));
    expect([...used].toSorted()).toEqual(Object.keys(operations).toSorted());
  });

  it.each(named)("%s is written byte by byte as the official client writes it", (_, exchange, { request }) => {
    if (exchange.kind === "connect") {
      const recorded = readerOf(request);
      recorded.int();
      const greeting = { lastZxidSeen: recorded.long(), timeoutMs: recorded.int(), sessionId: recorded.long() };
      const password = recorded.buffer() ?? Buffer.alloc(0);
      expect(greeting.sessionId !== 0n).toBe(exchange.isResumed);
      writer.frame(() => writeConnectRequest(writer, { ...greeting, password, readOnly: recorded.boolean() }));
    } else {
      writePacket(writer, readerOf(request).int(), exchange.operation, exchange.request as never);
    }
    expect(withoutLength(writer.take())).toBe(request);
  });

  it.each(named)("%s is answered with what we read, to the last byte", (_, exchange, { reply }) => {
    const reader = readerOf(reply);
    if (exchange.kind === "connect") {
      expect(readConnectResponse(reader)).toMatchObject({ timeoutMs: 3000, readOnly: false, password: { length: 16 } });
    } else {
      expect(readReplyHeader(reader).error).toBe(exchange.error);
      const body = exchange.error === 0 ? exchange.operation.read(reader) : undefined;
      if (exchange.reply === undefined) expect(body).toBeUndefined();
      else expect({ body }).toMatchObject({ body: exchange.reply });
      if (repeatsError.has(exchange.operation.name)) expect(reader.int()).toBe(0);
    }
    expect(reader.remaining).toBe(0);
  });

  it("tells of a change that was watched", () => {
    const [event] = events.map((hex) => {
      const reader = readerOf(hex);
      expect(readReplyHeader(reader)).toEqual({ xid: -1, zxid: -1n, error: 0 });
      return readWatchEvent(reader);
    });
    expect(event).toEqual({ type: "dataChanged", state: "connected", path: "/v" });
  });
});
