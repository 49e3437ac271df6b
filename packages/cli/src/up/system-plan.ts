import { resolve } from "node:path";
import { UsageError } from "../failure.js";
import { type Ports, withPorts } from "./placeholders.js";
import { startOrder } from "./start-order.js";
import type { Environment, ProcessDefinition, SystemDefinition } from "./system-definition.js";

/** A system file, understood: every instance a process of its own, paths absolute, placeholders filled in. */
export interface SystemPlan {
  readonly name: string;
  /** In the order of their start. */
  readonly processes: readonly ProcessPlan[];
  readonly opened: SystemDefinition["opened"];
}

export interface ProcessPlan {
  /** `grading`, or `grading-1` where there are several. */
  readonly name: string;
  readonly launch: LaunchPlan;
  /** Names of processes of this plan. */
  readonly after: readonly string[];
  readonly ready: ReadyPlan;
  readonly port: number | undefined;
  /** What is missing without it; undefined where it must be there. */
  readonly optional: string | undefined;
  readonly restart: "always" | "never";
}

export type LaunchPlan = Launchable & {
  readonly args: readonly string[];
  readonly cwd: string;
  /** Over those that it inherits. */
  readonly env: Readonly<Record<string, string>>;
};

type Launchable =
  | { readonly kind: "module"; readonly path: string }
  | { readonly kind: "command"; readonly command: string };

/** What is waited for, in this order. */
export interface ReadyPlan {
  readonly message: boolean;
  /** A whole URL, or a path at the address that it tells by message. */
  readonly url: string | undefined;
  readonly service: string | undefined;
  /** What is waited for with none of them: half a second of life, or, of what runs once, its end. */
  readonly otherwise: "life" | "end";
  readonly withinMs: number;
}

export interface PlanOptions {
  /** Where the system file lies. */
  readonly folder: string;
  /** The port that each process has been given. */
  readonly ports: Ports;
  /** Default: all. */
  readonly only?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
}

/** Fails as a usage error where the definition contradicts itself. */
export function systemPlan(definition: SystemDefinition, options: PlanOptions): SystemPlan {
  const declared = new Map(Object.entries(definition.processes));
  const order = startOrder(new Map([...declared].map(([name, { after }]) => [name, after ?? []])));
  const chosen = chosenNames(order, options);
  const instances = new Map(chosen.map((name) => [name, instanceNames(name, declared.get(name)?.instances ?? 1)]));
  refuseDoubles([...instances.values()].flat());
  const processes = chosen.flatMap((name) => {
    const own = declared.get(name) as ProcessDefinition;
    const after = (own.after ?? []).flatMap((other) => instances.get(other) ?? []);
    return (instances.get(name) ?? []).map((each) => ({
      ...processPlan(name, own, definition.env ?? {}, options),
      name: each,
      after,
    }));
  });
  return { name: definition.name, processes, opened: definition.opened };
}

function chosenNames(names: readonly string[], { only, without }: PlanOptions): readonly string[] {
  for (const name of [...(only ?? []), ...(without ?? [])]) {
    if (!names.includes(name)) throw new UsageError(`there is no process "${name}": there is ${names.join(", ")}`);
  }
  const chosen = names.filter((name) => (only?.includes(name) ?? true) && !without?.includes(name));
  if (chosen.length === 0) throw new UsageError("no process is left to start");
  return chosen;
}

function instanceNames(name: string, count: number): readonly string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

function refuseDoubles(names: readonly string[]): void {
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw new UsageError(`two processes would be called "${double}": give one another name`);
}

function processPlan(
  name: string,
  own: ProcessDefinition,
  common: Environment,
  { folder, ports }: PlanOptions,
): Omit<ProcessPlan, "name" | "after"> {
  const filled = (text: string): string => withPorts(text, ports, name);
  const port = ports.get(name);
  return {
    launch: launchPlan(own, folder, filled, { ...common, ...own.env, ...portVariable(own, port) }),
    ready: readyPlan(own, port, filled),
    port,
    optional: own.optional,
    restart: own.restart ?? "always",
  };
}

function launchPlan(
  { module, command = [], args = [], cwd = "." }: ProcessDefinition,
  folder: string,
  filled: (text: string) => string,
  env: Environment,
): LaunchPlan {
  const variables = Object.entries(env).map(([key, value]) => [key, filled(String(value))]);
  const rest = { cwd: resolve(folder, cwd), env: Object.fromEntries(variables) as Record<string, string> };
  if (module !== undefined) return { kind: "module", path: resolve(folder, module), args: args.map(filled), ...rest };
  const [program = "", ...words] = command.map(filled);
  return {
    kind: "command",
    command: /^\.{0,2}\//.test(program) ? resolve(folder, program) : program, // a path; else it is looked up
    args: [...words, ...args.map(filled)],
    ...rest,
  };
}

/** Said also where it is the usual one: then the process need not know that number. */
function portVariable({ port }: ProcessDefinition, given: number | undefined): Environment {
  if (typeof port !== "object" || port.setting === undefined || given === undefined) return {};
  return { [port.setting]: given };
}

function readyPlan(
  { ready = {}, restart }: ProcessDefinition,
  port: number | undefined,
  filled: (text: string) => string,
): ReadyPlan {
  const { url, message = false, service, withinMs = usualWithinMs } = ready;
  const asked = url === undefined ? undefined : filled(url);
  const whole = asked?.startsWith("/") && !message ? `http://127.0.0.1:${port}${asked}` : asked;
  return { message, url: whole, service, otherwise: restart === "never" ? "end" : "life", withinMs };
}

const usualWithinMs = 30_000;
