import type { MessageStream } from "@skylark/rpc";
import { expect } from "vitest";
import { frameKinds } from "../../src/wire/frame.js";
import { encodeHello } from "../../src/wire/handshake.js";
import { frame } from "./frames.js";
import { RawPeer } from "./raw-peer.js";
import { until } from "./until.js";
import { serviceOf, type World } from "./world.js";

export const helloFields = {
  version: 1,
  identity: { name: "raw", proof: "none" },
  instance: undefined,
  messageBytesMax: 4_194_304,
} as const;
export const hello = frame(frameKinds.hello, 0, encodeHello(helloFields));

/** A provider with an echo and a stream, and a well-behaved caller whose calls must go on whatever the raw peer does. */
export async function attacked(world: World) {
  const streams: MessageStream[] = [];
  let executed = 0;
  const echo = async (value: unknown): Promise<unknown> => {
    executed++;
    return value;
  };
  const hold = (): Promise<never> => new Promise(() => {});
  const open = (stream: MessageStream): void => void streams.push(stream);
  const provider = await world.provide([serviceOf("target", { echo, hold }, { streams: { open } })], {
    messageBytesMax: 1_000_000,
  });
  const friend = world.channel("target", [provider]);
  expect(await friend.call("echo", ["before"])).toBe("before");
  const peer = await RawPeer.dial(world, provider);
  return {
    provider,
    peer,
    streams,
    executed: () => executed - 1,
    /** The peer is gone, with a line in the log that says why; nobody else has noticed. */
    async expectCutOff(why: string): Promise<void> {
      await peer.closed();
      await until(() => provider.server.connections === 1);
      expect(world.saying("warn", why).length, `no warning says "${why}"`).toBeGreaterThan(0);
      await expectUnmoved();
    },
    async expectTolerated(): Promise<void> {
      peer.request(4_000_000, 0, ["still there"]);
      await peer.frame(frameKinds.response, 4_000_000);
      expect(peer.isClosed).toBe(false);
      peer.hangUp();
      await until(() => provider.server.connections === 1);
      await expectUnmoved();
    },
  };

  async function expectUnmoved(): Promise<void> {
    expect(await friend.call("echo", ["after"])).toBe("after");
    expect(friend.links[0]?.status).toBe("ready");
  }
}
