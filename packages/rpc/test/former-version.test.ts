import { readFileSync } from "node:fs";
import { SkylarkError } from "@skylark/core";
import type { Wire } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { decodeValue } from "../src/wire/codec.js";
import { frameHeaderBytes, frameKinds, preface } from "../src/wire/frame.js";
import { type Frame, framesOf } from "./support/frames.js";
import { RawPeer } from "./support/raw-peer.js";
import { failureOf, until } from "./support/until.js";
import { overEachNetwork, serviceOf, type World } from "./support/world.js";

/*
 * What a caller and a provider of the former version said to each other (`scripts/record-former-version.ts`), with either side
 * replaced by one of today. What today's says besides is its own business: the former reads past keys that it does not know.
 */

interface Said {
  readonly from: "caller" | "provider";
  readonly frame: Frame;
  readonly bytes: Buffer;
}

const file = new URL("former-version.json", import.meta.url);
const recorded = JSON.parse(readFileSync(file, "utf8")) as {
  readonly frames: readonly { from: Said["from"]; hex: string }[];
};

const conversation: readonly Said[] = recorded.frames.map(({ from, hex }) => {
  const bytes = Buffer.from(hex, "hex");
  return { from, bytes, frame: framesOf(bytes)[0] as Frame };
});

const isEnd = ({ frame }: Said): boolean => frame.kind === frameKinds.goodbye;
const untilTheEnd = conversation.slice(0, conversation.findIndex(isEnd));

const grading = serviceOf(
  "grading",
  {
    students: async () => [{ id: 1, name: "Ada" }],
    addGrade: async () => {
      throw new SkylarkError("not_found", "no student 7", { details: { id: 7 } });
    },
  },
  { version: "1.2.0" },
);
const notes = serviceOf("notes", { echo: async (value: unknown) => value });

/** What a frame says; of a request what does not depend on the clock. */
function said({ kind, payload }: Frame): unknown {
  const value = (at: number): unknown => decodeValue(payload, at, payload.length);
  if (kind !== frameKinds.request) return value(0);
  const timeBytes = 4;
  const head = frameHeaderBytes - timeBytes;
  return [payload.toString("hex", 0, head), value(frameHeaderBytes)];
}

/** All that was said before, and perhaps more. */
function expectSaid(frame: Frame, before: Frame): void {
  expect({ said: said(frame) }).toMatchObject({ said: said(before) });
}

/** The former provider: its words are said again, each when the caller has said what came before it. */
class FormerProvider {
  /** What the caller said, beside what it said before. */
  readonly heard: { readonly frame: Frame; readonly before: Frame }[] = [];
  #bytes = Buffer.alloc(0);
  #at = 0;

  async listen({ network, tap }: World): Promise<string> {
    const listener = await tap.listen(network === "memory" ? "memory://k3f9" : "tcp://127.0.0.1:0", (wire) => {
      wire.onData = (chunk) => {
        this.#bytes = Buffer.concat([this.#bytes, chunk]);
        this.#goOn(wire);
      };
      wire.onClose = () => void listener.close();
      wire.write(preface);
    });
    return listener.address;
  }

  get isOver(): boolean {
    return this.#at === untilTheEnd.length;
  }

  #goOn(wire: Wire): void {
    for (; !this.isOver; this.#at++) {
      const { from, frame: before, bytes } = untilTheEnd[this.#at] as Said;
      if (from === "caller") {
        const isMeant = ({ kind, stream }: Frame): boolean => kind === before.kind && stream === before.stream;
        const frame = framesOf(this.#bytes, true).find(isMeant);
        if (!frame) return;
        this.heard.push({ frame, before });
      } else wire.write(bytes);
    }
  }
}

overEachNetwork("RPC-HELLO-1 RPC-HELLO-2 the former version", (world) => {
  it("is understood as a caller, and understands what it is answered", async () => {
    const provider = await world().provide([grading], { instance: "k3f9" });
    const peer = await RawPeer.dial(world(), provider);
    peer.say(preface);
    for (const { from, frame, bytes } of untilTheEnd) {
      if (from === "caller") peer.say(bytes);
      else {
        if (frame.kind === frameKinds.table) provider.server.offer(notes);
        if (frame.kind === frameKinds.drain) void provider.server.drain(["grading"]);
        expectSaid(await peer.frame(frame.kind, frame.stream), frame);
      }
    }
    peer.hangUp();
  });

  it("is understood as a provider, and understands what it is asked", async () => {
    const channel = world()
      .client({ identity: { name: "portal", proof: "none" } })
      .channel("grading");
    const provider = new FormerProvider();
    channel.update([{ id: "k3f9", address: await provider.listen(world()) }]);
    expect(await channel.call("students", [])).toEqual([{ id: 1, name: "Ada" }]);
    const failure = await failureOf(channel.call("addGrade", [{ studentId: 7, grade: "A" }]));
    expect(failure).toMatchObject({ code: "not_found", message: "no student 7", details: { id: 7 } });
    expect(await channel.call("students", [])).toEqual([{ id: 1, name: "Ada" }]);
    await until(() => provider.isOver);
    for (const { frame, before } of provider.heard) expectSaid(frame, before);
  });
});
