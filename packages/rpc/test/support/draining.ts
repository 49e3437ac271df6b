import { deferred } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import type { Channel } from "@skylark/rpc/internal";
import { frameKinds } from "../../src/wire/frame.js";
import { RawPeer } from "./raw-peer.js";
import { until } from "./until.js";
import { type Provider, serviceOf, type World } from "./world.js";

/** A provider whose `hold` lasts until released, and whose `quick` does not. */
export async function holding(world: World, name: string, service = "grading") {
  const seen = { running: 0, executed: 0, aborted: [] as unknown[] };
  const gate = deferred();
  const implementation = {
    async hold(): Promise<string> {
      seen.running++;
      seen.executed++;
      const { signal } = call();
      signal.addEventListener("abort", () => seen.aborted.push(signal.reason));
      await gate.promise;
      seen.running--;
      return name;
    },
    async quick(): Promise<string> {
      seen.executed++;
      return name;
    },
    async take(bytes: Buffer): Promise<number> {
      seen.executed++;
      return bytes.length;
    },
  };
  const provider = await world.provide([serviceOf(service, implementation)], { instance: name });
  return { provider, seen, gate };
}

export async function connected(world: World, service: string, providers: readonly Provider[]): Promise<Channel> {
  const channel = world.channel(service, providers);
  channel.connect();
  await until(() => channel.links.every(({ status }) => status === "ready"));
  return channel;
}

/** Until the notice of a drain is over: found out by asking. */
export async function refusing(world: World, provider: Provider): Promise<void> {
  const peer = await RawPeer.dial(world, provider);
  await peer.greet();
  let stream = 0;
  do {
    peer.request(++stream, 1, []);
    await until(() => peer.frames.some((each) => each.stream === stream));
  } while (!peer.frames.some(({ kind }) => kind === frameKinds.failure));
  peer.hangUp();
}
