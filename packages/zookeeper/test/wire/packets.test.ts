import { describe, expect, it } from "vitest";
import { newSessionPassword, readConnectResponse, writeConnectRequest } from "../../src/wire/connect.js";
import { zooKeeperErrorOf } from "../../src/wire/error-code.js";
import { readReplyHeader, specialXids } from "../../src/wire/headers.js";
import { JuteReader } from "../../src/wire/jute-reader.js";
import { JuteWriter } from "../../src/wire/jute-writer.js";
import { opCodes } from "../../src/wire/op-code.js";
import { writePacket } from "../../src/wire/operation.js";
import { operations } from "../../src/wire/operations.js";
import { readWatchEvent } from "../../src/wire/watch-event.js";
import { hex } from "./hex.js";

const reader = (text: string) => new JuteReader(Buffer.from(hex(text), "hex"));

describe("the first packet and its answer", () => {
  it("asks for a new session", () => {
    const writer = new JuteWriter();
    const password = newSessionPassword;
    writeConnectRequest(writer, { lastZxidSeen: 5n, timeoutMs: 4000, sessionId: 0n, password, readOnly: true });
    expect(writer.take().toString("hex")).toBe(
      ["00000000", "0000000000000005", "00000fa0", "0000000000000000", "00000010", "00".repeat(16), "01"].join(""),
    );
  });

  it("reads the session granted, with and without the byte that old servers leave out", () => {
    const granted = `00000000 00000bb8 0100000000000007 00000002 beef`;
    const session = { timeoutMs: 3000, sessionId: 0x0100000000000007n, password: Buffer.of(0xbe, 0xef) };
    expect(readConnectResponse(reader(granted))).toEqual({ ...session, readOnly: false });
    expect(readConnectResponse(reader(`${granted} 01`))).toEqual({ ...session, readOnly: true });
  });
});

describe("headers", () => {
  it("has its length, its number and what it asks for before a request", () => {
    const writer = new JuteWriter();
    writePacket(writer, 9, operations.getData, { path: "/a", watch: true });
    expect(writer.take().toString("hex")).toBe(hex("0000000f 00000009 00000004 000000022f61 01"));
    writePacket(writer, specialXids.ping, operations.ping, undefined);
    expect(writer.take().toString("hex")).toBe(hex("00000008 fffffffe 0000000b"));
  });

  it("reads what a reply answers, how far the server was, and what went wrong", () => {
    const header = readReplyHeader(reader("00000009 0000000200000001 ffffff9b"));
    expect(header).toEqual({ xid: 9, zxid: 0x200000001n, error: -101 });
    expect(zooKeeperErrorOf(header.error)).toBe("no_node");
    expect(zooKeeperErrorOf(-4711)).toBe("unknown");
  });

  it("numbers every operation as its name says", () => {
    for (const [name, operation] of Object.entries(operations)) {
      expect(operation.name).toBe(name);
      expect(operation.code).toBe(opCodes[operation.name]);
    }
  });
});

describe("watch events", () => {
  it("reads what happened where", () => {
    const event = readWatchEvent(reader("00000003 00000003 00000002 2f61"));
    expect(event).toEqual({ type: "dataChanged", state: "connected", path: "/a" });
    expect(readWatchEvent(reader("ffffffff ffffff90 ffffffff"))).toEqual({ type: "none", state: "expired", path: "" });
  });

  it("refuses a kind of event that it does not know", () => {
    const refused = expect.objectContaining({ code: "invalid_argument", reason: "PROTOCOL" });
    expect(() => readWatchEvent(reader("00000063 00000003 00000000"))).toThrow(refused);
    expect(() => readWatchEvent(reader("00000001 00000063 00000000"))).toThrow(refused);
  });
});
