import { connect, createServer } from "node:net";
import { SkylarkError } from "@skylark/core";
import { UsageError } from "../failure.js";
import type { Ports } from "./placeholders.js";
import type { ProcessDefinition, SystemDefinition } from "./system-definition.js";
import type { ProcessPlan } from "./system-plan.js";

/**
 * The port of each process that declares one: the number of its setting where the environment has that, else its own. 0 stays
 * 0 until `openPorts` has found free ones.
 */
export function declaredPorts(
  { env: common, processes }: SystemDefinition,
  inherited: Readonly<Record<string, string | undefined>>,
): Ports {
  const ports = new Map<string, number>();
  for (const [name, { port, env }] of Object.entries(processes)) {
    if (port === undefined) continue;
    const { number, setting } = typeof port === "number" ? { number: port, setting: undefined } : port;
    const given = setting === undefined ? undefined : (env?.[setting] ?? common?.[setting] ?? inherited[setting]);
    ports.set(name, given === undefined || given === "" ? number : portOf(given, String(setting)));
  }
  return ports;
}

function portOf(given: string | number, setting: string): number {
  const number = Number(given);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new UsageError(`${setting} is "${given}": it takes a port, 1 to 65535, or 0 for a free one`);
}

/** Free ones in the place of 0. They are held until all are found, so that no two are the same. */
export async function openPorts(ports: Ports): Promise<Ports> {
  const held = await Promise.all(
    [...ports].map(async ([name, port]) => ({ name, port, free: port === 0 ? await freePort() : undefined })),
  );
  for (const { free } of held) free?.release();
  return new Map(held.map(({ name, port, free }) => [name, free?.port ?? port]));
}

async function freePort(): Promise<{ port: number; release(): void }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, loopback, resolve));
  const address = server.address();
  return { port: typeof address === "object" && address ? address.port : 0, release: () => void server.close() };
}

const loopback = "127.0.0.1";

/** Refuses to start onto ports that others have: `failed_precondition`, naming each, and what to set where that is known. */
export async function refuseTakenPorts(
  plans: readonly ProcessPlan[],
  ports: Ports,
  { processes }: SystemDefinition,
): Promise<void> {
  const wanted = new Map<number, string>();
  for (const { name, port, ready } of plans) {
    const listened = port ?? (ready.url?.startsWith("http") ? loopbackPort(ready.url) : undefined);
    if (listened !== undefined && !wanted.has(listened)) wanted.set(listened, name);
  }
  const declared = new Set(ports.values());
  const taken: string[] = [];
  for (const [port, name] of wanted) {
    const own = plans.find((plan) => plan.name === name)?.port === port;
    if (!own && declared.has(port)) continue; // asked there, listened elsewhere
    if (await isTaken(port)) taken.push(`port ${port} of "${name}" is taken: ${advice(processes[name], port)}`);
  }
  if (taken.length > 0) throw new SkylarkError("failed_precondition", taken.join("; "));
}

function loopbackPort(url: string): number | undefined {
  const { hostname, port, protocol } = new URL(url);
  if (!["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return undefined;
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function advice(definition: ProcessDefinition | undefined, port: number): string {
  const setting = typeof definition?.port === "object" ? definition.port.setting : undefined;
  const other = port < 65_535 ? port + 1 : 1024;
  const change = setting === undefined ? "change it in the system file" : `set ${setting}, as in ${setting}=${other}`;
  return `stop the other program, or ${change}`;
}

/** Whether somebody answers there, or nobody may listen. Both are asked: a wildcard listener leaves loopback free on some systems. */
async function isTaken(port: number): Promise<boolean> {
  return (await answers(port)) || (await refusesListening(port));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopback });
    const told = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(answerMs, () => told(false));
    socket.once("connect", () => told(true)).once("error", () => told(false));
  });
}

/** Loopback answers at once or never. */
const answerMs = 500;

function refusesListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE"));
    server.listen(port, loopback, () => server.close(() => resolve(false)));
  });
}
