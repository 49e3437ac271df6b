import { type Command, Option } from "commander";
import { UsageError } from "../failure.js";

/** Which instances a command is about. Each left out means any. */
export interface FilterOptions {
  readonly service?: string;
  readonly version?: string;
  readonly region?: string;
  readonly zone?: string;
  readonly host?: string;
  /** All of them. */
  readonly tag?: readonly string[];
}

export function addFilters(command: Command): Command {
  return addPlaceFilters(command.addOption(new Option("--service <name>", "of this service").helpGroup(group)));
}

/** Those beside the service: for commands that name it otherwise. */
export function addPlaceFilters(command: Command): Command {
  return command
    .addOption(new Option("--version <range>", "in this version, such as 1.2.0, 1 or ^1.2").helpGroup(group))
    .addOption(new Option("--region <name>", "in this region").helpGroup(group))
    .addOption(new Option("--zone <name>", "in this zone").helpGroup(group))
    .addOption(new Option("--host <name>", "on this host").helpGroup(group))
    .addOption(new Option("--tag <tag>", "with this tag; several: with all of them").argParser(tags).helpGroup(group));
}

const group = "Which instances:";

function tags(tag: string, before: readonly string[] = []): readonly string[] {
  return [...before, tag];
}

/** `sky instances grading` is short for `--service grading`. */
export function withService(options: FilterOptions, service: string | undefined): FilterOptions {
  if (service === undefined) return options;
  if (options.service !== undefined && options.service !== service) {
    throw new UsageError(`"${service}" and --service ${options.service} are two services: name one`);
  }
  return { ...options, service };
}

/** The filters as they were given, for the word that nothing fits: `--region eu --tag fast`; empty without any. */
export function filterWords(options: FilterOptions): string {
  const names = ["service", "version", "region", "zone", "host"] as const;
  const words = names.flatMap((name) => (options[name] === undefined ? [] : [`--${name} ${options[name]}`]));
  return [...words, ...(options.tag ?? []).map((tag) => `--tag ${tag}`)].join(" ");
}
