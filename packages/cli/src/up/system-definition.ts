/** What `sky up` starts: the default export of a system file, or its JSON. Paths are relative to the file. */
export interface SystemDefinition {
  /** Who speaks for the whole on the output. */
  readonly name: string;
  /** Variables of every process, over those that `sky` was started with. */
  readonly env?: Environment | undefined;
  /** By name, in the order in which they are listed; who comes `after` nobody starts at once. */
  readonly processes: Readonly<Record<string, ProcessDefinition>>;
  /** Printed once everything is ready: where to look, what to try. Not in JSON as a function. */
  readonly opened?: readonly string[] | ((system: OpenedSystem) => readonly string[] | Promise<readonly string[]>);
}

/**
 * Values of variables. In them, as in `command`, `args`, `ready.url` and lines of `opened`, `{portal.port}` stands for the
 * port of a process and `{port}` for that of the process itself.
 */
export type Environment = Readonly<Record<string, string | number>>;

/** A process of a system: either a `module` or a `command`. */
export interface ProcessDefinition {
  /** A module that Node runs: `./dist/log/main.js`. */
  readonly module?: string | undefined;
  /** A program and its arguments, found on the PATH: `["python3", "reporter.py"]`. */
  readonly command?: readonly string[] | undefined;
  /** Further arguments. */
  readonly args?: readonly string[] | undefined;
  readonly env?: Environment | undefined;
  /** The folder it works in. Default: that of the file. */
  readonly cwd?: string | undefined;
  /** How many of it run, named `<name>-1`, `<name>-2`, … Default: 1. */
  readonly instances?: number | undefined;
  /** It starts once these are ready, and they end once it has left. */
  readonly after?: readonly string[] | undefined;
  /** The port it listens on, refused at once where another program has it. 0 takes a free one, the same after a restart. */
  readonly port?: number | PortDefinition | undefined;
  /** What must hold for it to be ready; all that is given. Default: it has lived for half a second, or, with `restart: "never"`, has ended well. */
  readonly ready?: ReadyDefinition | undefined;
  /** It may be missing: what does not work without it, for people to read. */
  readonly optional?: string | undefined;
  /** Whether it is started again when it ends by itself. Default: "always". */
  readonly restart?: "always" | "never" | undefined;
}

export interface PortDefinition {
  readonly number: number;
  /** The variable that names another port. The process is told by it which one it has. */
  readonly setting?: string | undefined;
}

export interface ReadyDefinition {
  /** It is listed as an instance of this service. */
  readonly service?: string | undefined;
  /** It answers here, with a status below 500. A path is asked at the address it told, else at its port. */
  readonly url?: string | undefined;
  /** It says so itself: `process.send({ ready: "http://127.0.0.1:5000" })`, with where it is reached. Modules only. */
  readonly message?: true | undefined;
  /** How long it may take. Default: 30,000 ms. */
  readonly withinMs?: number | undefined;
}

/** What is told to `opened`. */
export interface OpenedSystem {
  readonly name: string;
  /** Those that run, by name; each of several instances under its own: `grading-1`. */
  readonly processes: Readonly<Record<string, OpenedProcess>>;
  /** The store's folder, where it is not the usual one: then other commands must be told of it by `SKYLARK_HOME`. */
  readonly home: string | undefined;
}

export interface OpenedProcess {
  readonly pid: number;
  /** Where it is reached, as it said itself or was asked; undefined where nobody knows. */
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/**
 * Says what a system consists of, checked by the compiler; `sky up` checks it again, as it does JSON.
 *
 * @example
 * export default defineSystem({
 *   name: "gradebook",
 *   processes: {
 *     grading: { module: "./dist/grading/main.js", ready: { service: "grading" } },
 *     portal: { module: "./dist/portal/main.js", after: ["grading"], port: 5000, ready: { url: "/students" } },
 *   },
 * });
 */
export function defineSystem(system: SystemDefinition): SystemDefinition {
  return system;
}
