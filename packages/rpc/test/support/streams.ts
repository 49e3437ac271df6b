import type { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import type { MessageStream } from "@skylark/rpc";
import { expect } from "vitest";
import { patterned } from "./frames.js";
import { turns, until } from "./until.js";
import { serviceOf, type World } from "./world.js";

type End = { error: SkylarkError | undefined };

/** What one end of a stream gets. */
export class Ear {
  readonly stream: MessageStream;
  readonly messages: unknown[] = [];
  readonly ends: End[] = [];
  writables = 0;

  constructor(stream: MessageStream, reads = true) {
    this.stream = stream;
    stream.onEnd = (error) => this.ends.push({ error });
    stream.onWritable = () => this.writables++;
    if (reads) this.read();
  }

  read(): void {
    this.stream.onMessage = (message) => this.messages.push(message);
  }

  async ended(): Promise<SkylarkError | undefined> {
    await until(() => this.ends.length > 0);
    await turns();
    expect(this.ends).toHaveLength(1);
    return this.ends[0]?.error;
  }
}

/** A stream from both its ends. */
export async function both(world: World, reads = { near: true, far: true }) {
  const opened = deferred<Ear>();
  const open = (stream: MessageStream): void => opened.resolve(new Ear(stream, reads.far));
  const provider = await world.provide([serviceOf("talk", {}, { streams: { open } })]);
  const channel = world.channel("talk", [provider]);
  const near = new Ear(await channel.openStream("open"), reads.near);
  return { near, far: await opened.promise, provider, channel };
}

export const chunk = (seed: number): Buffer => patterned(10_000, seed);

/** Sends until there is no credit left. */
export function fill(stream: MessageStream): number {
  let sent = 0;
  while (stream.writable) stream.send(chunk(sent++));
  return sent;
}
