import { mkdirSync } from "node:fs";
import type { Host as HostClass } from "../../packages/coordination/src/embedded/host.js";
import { moduleOf } from "./module-of.js";
import { RecordingTransport } from "./recording-transport.js";

type Coordination = typeof import("@skylark/coordination");
type Core = typeof import("@skylark/core/internal");
type Rpc = typeof import("@skylark/rpc/internal");
type Codec = typeof import("../../packages/rpc/src/wire/codec.js");

export interface RecordedMessage {
  readonly from: "client" | "host";
  readonly message: unknown;
}

const messageKind = 0x0c;

/** A client and a host of the embedded store, both of the former version, from hello to leave. */
export async function recordSession(folder: string, home: string): Promise<readonly RecordedMessage[]> {
  const { openCoordination } = await moduleOf<Coordination>(folder, "coordination/dist/index.js");
  const { Host } = await moduleOf<{ Host: typeof HostClass }>(folder, "coordination/dist/embedded/host.js");
  const { systemClock } = await moduleOf<Core>(folder, "core/dist/internal.js");
  const { socketTransport } = await moduleOf<Rpc>(folder, "rpc/dist/internal.js");
  const { decodeValue } = await moduleOf<Codec>(folder, "rpc/dist/wire/codec.js");
  mkdirSync(home, { mode: 0o700 });
  const transport = new RecordingTransport(socketTransport);
  const client = await openCoordination({
    home,
    ttlMs: 1000,
    transport,
    startHost: (at, lockFd) => Host.open({ home: at, lockFd, clock: systemClock, log: () => {} }),
  });
  const messages = (): RecordedMessage[] =>
    transport.frames.flatMap(({ from, kind, hex }) => {
      if (kind !== messageKind) return [];
      const bytes = Buffer.from(hex, "hex");
      return [{ from: from === "caller" ? "client" : "host", message: decodeValue(bytes, 8, bytes.length) }] as const;
    });
  const has = (kind: string): boolean => messages().some(({ message }) => (message as { kind: string }).kind === kind);
  const watch = client.watch("/apps", () => {});
  await client.create("/apps/title", { text: "Grades" });
  const here = await client.create("/apps/here", "own", { ephemeral: true });
  await client.create("/apps/title", 1).catch(() => {});
  await client.get("/apps/title");
  await client.get("/apps/none");
  await client.list("/apps");
  await client.children("/");
  await client.multi([
    { kind: "check", key: "/apps/here", revision: here.revision },
    { kind: "put", key: "/apps/title", value: [1, null, "ü"] },
  ]);
  await client.delete("/apps/here");
  watch.close();
  while (!has("alive")) await new Promise((resolve) => setTimeout(resolve, 50));
  await client.close();
  return messages();
}
