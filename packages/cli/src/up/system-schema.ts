import { nearestName } from "skylark/internal";
import { z } from "zod";
import { UsageError } from "../failure.js";
import type { SystemDefinition } from "./system-definition.js";

/** Reads what a system file holds. Fails as a usage error that names every field that is wrong, and `where` it stands. */
export function readDefinition(value: unknown, where: string): SystemDefinition {
  const { data, error } = system.safeParse(value);
  if (data) return data as SystemDefinition;
  const problems = error.issues.flatMap(problemsOf);
  throw new UsageError(`${where}: ${problems.slice(0, problemsShown).join("; ")}`);
}

const problemsShown = 10;

/** More is a mistake, or another tool's work. */
const processesMax = 64;
const instancesMax = 32;
const wordsMax = 256;
const lettersMax = 4096;

const text = z.string("must be a text").max(lettersMax, `must have at most ${lettersMax} letters`);
const filled = text.min(1, "must not be empty");
const texts = z.array(text, "must be a list of texts").max(wordsMax, `must have at most ${wordsMax} entries`);
const environment = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, "is no name of a variable"),
  z.union([text, z.number()], "must be a text or a number"),
  "must be an object of variables",
);
const portNumber = z
  .int("must be a port, 0 to 65535")
  .min(0, "must be a port, 0 to 65535")
  .max(65_535, "must be a port, 0 to 65535");
const setting = z.string("must be the name of a variable").regex(/^[A-Za-z_]\w*$/, "must be the name of a variable");

const ready = z.strictObject(
  {
    service: filled.optional(),
    url: filled
      .refine((url) => url.startsWith("/") || isHttp(url), "must be an http or https URL, or a path such as /healthz")
      .optional(),
    message: z.literal(true, "must be true, or left out").optional(),
    withinMs: z.number("must be a number of milliseconds").min(1, "must be at least 1").optional(),
  },
  "must be an object",
);

const processSchema = z
  .strictObject(
    {
      module: filled.optional(),
      command: texts.min(1, "must name a program").optional(),
      args: texts.optional(),
      env: environment.optional(),
      cwd: filled.optional(),
      instances: z
        .int("must be a whole number")
        .min(1, "must be at least 1")
        .max(instancesMax, `must be at most ${instancesMax}`)
        .optional(),
      after: texts.optional(),
      port: z
        .union(
          [portNumber, z.strictObject({ number: portNumber, setting: setting.optional() })],
          'must be a port, 0 to 65535, or { "number": …, "setting": "A_VARIABLE" }',
        )
        .optional(),
      ready: ready.optional(),
      optional: filled.optional(),
      restart: z.enum(["always", "never"], 'must be "always" or "never"').optional(),
    },
    "must be an object",
  )
  .superRefine((given, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (given.module !== undefined && given.command !== undefined) refuse("command", 'is one too many beside "module"');
    if (given.module === undefined && given.command === undefined) refuse("module", 'is missing, and so is "command"');
    if (given.command !== undefined && given.ready?.message)
      refuse("ready", 'has "message", which only a module can send');
    if ((given.instances ?? 1) > 1 && given.port !== undefined) refuse("instances", "cannot share one port");
    const isPath = given.ready?.url?.startsWith("/") === true;
    if (isPath && !given.ready?.message && given.port === undefined) {
      refuse("ready", 'has a path as "url", and neither "port" nor "message" says where to ask');
    }
  });

const system = z.strictObject(
  {
    name: name("a system"),
    env: environment.optional(),
    processes: z
      .record(name("a process"), processSchema, "must be an object of processes")
      .refine((processes) => Object.keys(processes).length > 0, "must name a process")
      .refine((processes) => Object.keys(processes).length <= processesMax, `must be at most ${processesMax}`),
    opened: z
      .union([texts, z.custom((value) => typeof value === "function")], "must be a list of lines, or a function")
      .optional(),
  },
  "a system must be an object with a name and processes",
);

/** It stands before every line, and in placeholders. */
function name(what: string): z.ZodString {
  return z
    .string("must be a text")
    .regex(/^[A-Za-z][\w-]{0,39}$/, `is no name of ${what}: a letter, then up to 39 letters, digits, - or _`);
}

function isHttp(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text.replaceAll(/\{[\w-]+(\.port)?\}/g, "1"));
}

/** `processes.log.ready: has an unknown field "urls": did you mean "url"?`, for each that is unknown. */
function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map(String).join(".");
  const told = (message: string): string => (at === "" ? message : `${at} ${message}`);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => told(unknownField(key, issue.path)));
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => told(message));
  return [told(issue.message)];
}

function unknownField(key: string, path: readonly PropertyKey[]): string {
  const near = nearestName(key, fieldsAt(path));
  return `has an unknown field "${key}"${near ? `: did you mean "${near}"?` : ""}`;
}

function fieldsAt(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(system.shape);
  if (path.at(-1) === "ready") return Object.keys(ready.shape);
  return path.length === 2 ? Object.keys(processSchema.shape) : ["number", "setting"];
}
