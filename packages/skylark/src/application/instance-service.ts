import type { Log } from "@skylark/core";
import type { DrainReceipt } from "@skylark/rpc";
import { type Method, type MethodShape, methodsOf, type RpcServer, type Service } from "@skylark/rpc/internal";
import { jsonSchemaOf } from "../contract/contract-schema.js";
import type { SettingOrigin } from "../settings/loaded-settings.js";
import type { FigureTaker, InstanceFigures } from "./instance-figures.js";

/** Every process offers this about itself, written by nobody. It is not registered: who knows the instance can ask. */
export const instanceServiceName = "skylark.instance";

export interface MethodDescription {
  readonly name: string;
  /** `server-stream`: it answers with messages, as many as there are. */
  readonly shape: MethodShape;
  readonly idempotent: boolean;
  readonly description: string | undefined;
  /** JSON Schema, where the method has a contract that can be written as such. */
  readonly input: unknown;
  readonly output: unknown;
  /** Of each message of a server stream. */
  readonly message: unknown;
}

export interface ServiceDescription {
  readonly name: string;
  readonly version: string;
  readonly methods: readonly MethodDescription[];
}

export interface InstanceDescription {
  readonly instance: string;
  readonly name: string;
  readonly pid: number;
  readonly node: string;
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly connections: number;
  readonly services: readonly ServiceDescription[];
}

/** What callers elsewhere may ask a process about itself. */
export interface InstanceFunctions {
  /** Answers: it is alive on the port that callers use. */
  heartbeat(): Promise<"alive">;
  describe(): Promise<InstanceDescription>;
  /** Its settings, each with where it came from. Secrets are masked. */
  settings(): Promise<Record<string, SettingOrigin>>;
  /** What it has counted since its start: calls, failures and durations of every method, and how the process is. */
  figures(): Promise<InstanceFigures>;
  /** Drains all its services, answers with the receipts, and then closes the process's part in the system. */
  drain(): Promise<readonly DrainReceipt[]>;
}

/** What is described. */
export interface DescribedProcess {
  readonly instance: string;
  readonly name: string;
  readonly settingOrigins: Readonly<Record<string, SettingOrigin>>;
  readonly served: readonly { stop(): Promise<DrainReceipt> }[];
  readonly log: Log;
  close(): Promise<unknown>;
}

export function instanceService(
  process: DescribedProcess,
  server: RpcServer,
  startedAt: Date,
  figures: FigureTaker,
): Service {
  const functions: InstanceFunctions = {
    heartbeat: async () => "alive",
    describe: async () => describe(process, server, startedAt),
    settings: async () => ({ ...process.settingOrigins }),
    figures: async () => figures.take(),
    drain: async () => {
      const receipts = await Promise.all(process.served.map((served) => served.stop()));
      setImmediate(() => void closed(process)); // once this answer is on its way
      return receipts;
    },
  };
  return { name: instanceServiceName, version: "1", methods: methodsOf(functions) };
}

async function closed(process: DescribedProcess): Promise<void> {
  try {
    await process.close();
  } catch (thrown) {
    process.log("error", "could not leave in order", { why: String(thrown) });
  }
}

function describe(subject: DescribedProcess, server: RpcServer, startedAt: Date): InstanceDescription {
  return {
    instance: subject.instance,
    name: subject.name,
    pid: process.pid,
    node: process.version,
    startedAt: startedAt.toISOString(),
    uptimeMs: Date.now() - startedAt.getTime(),
    connections: server.connections,
    services: server.offered.map(({ name, version, methods }) => ({
      name,
      version,
      methods: [...methods].map(([method, offered]) => describeMethod(method, offered)),
    })),
  };
}

function describeMethod(name: string, method: Method): MethodDescription {
  const { shape, description } = method;
  return {
    name,
    shape,
    description,
    idempotent: method.shape !== "stream" && method.idempotent,
    input: method.shape === "stream" ? undefined : jsonSchemaOf(method.input, "input"),
    output: method.shape === "unary" ? jsonSchemaOf(method.output, "output") : undefined,
    message: method.shape === "server-stream" ? jsonSchemaOf(method.message, "output") : undefined,
  };
}
