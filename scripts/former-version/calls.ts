import { moduleOf } from "./module-of.js";
import { type RecordedFrame, RecordingTransport } from "./recording-transport.js";

type Rpc = typeof import("@skylark/rpc/internal");
type Core = typeof import("@skylark/core");

/** A caller and a provider of the former version: handshake, two calls, a failure, a second service, a drain. */
export async function recordCalls(folder: string): Promise<{ readonly frames: readonly RecordedFrame[] }> {
  const rpc = await moduleOf<Rpc>(folder, "rpc/dist/internal.js");
  const { SkylarkError } = await moduleOf<Core>(folder, "core/dist/index.js");
  const { connectionResources, MemoryNetwork, methodsOf, RpcClient, RpcServer } = rpc;
  const network = new MemoryNetwork();
  const transport = new RecordingTransport(network);
  const students = () => [{ id: 1, name: "Ada" }];
  const addGrade = () => {
    throw new SkylarkError("not_found", "no student 7", { details: { id: 7 } });
  };
  const server = new RpcServer({ instance: "k3f9", transport: network, resources: connectionResources({}) });
  server.offer({ name: "grading", version: "1.2.0", methods: methodsOf({ students, addGrade }) });
  const address = await server.listen("memory://k3f9");
  const identity = { name: "portal", proof: "none" } as const;
  const client = new RpcClient({ identity, transport, resources: connectionResources({}) });
  const channel = client.channel("grading");
  channel.update([{ id: "k3f9", address }]);
  await channel.call("students", []);
  await channel.call("addGrade", [{ studentId: 7, grade: "A" }]).catch(() => {});
  server.offer({ name: "notes", version: "1", methods: methodsOf({ echo: (value: unknown) => value }) });
  await channel.call("students", []);
  await server.drain(["grading"]);
  client.close();
  await server.close();
  return { frames: transport.frames };
}
