import { SkylarkError } from "@skylark/core";
import { type Command, Option } from "commander";
import { nearestName } from "skylark/internal";
import { NothingFound } from "../failure.js";
import { callArgument, metadataPair, methodName } from "../options/call-arguments.js";
import { addPlaceFilters, type FilterOptions } from "../options/filters.js";
import { jsonText } from "../output/json.js";
import type { Sky } from "../sky.js";
import { callableInstances } from "../system/callable-instances.js";
import { namedInstance } from "../system/instance-reference.js";

interface CallOptions extends Omit<FilterOptions, "service"> {
  readonly instance?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function call(sky: Sky): Command {
  return sky.command<CallOptions>(
    {
      usage: "call <service.method> [arguments...]",
      summary: "Call a method, and print what it answers as JSON",
      examples: [
        ["sky call grading.students", "without arguments"],
        [`sky call grading.student '{"id":1}'`, "each argument is JSON …"],
        ["sky call notes.add 7 hello", "… or a bare word, which is a text"],
        ["sky call grading.students --timeout 500ms", "gives up after half a second"],
        ["sky call grading.students --region eu --version ^1.2", "somewhere in particular"],
        ["sky call grading.students --instance k3f9", "one instance, in rotation or not"],
      ],
      options: addCallOptions,
    },
    async (context, [name = "", ...texts], { instance, metadata, ...filter }) => {
      const { service, method } = methodName(name);
      const args = texts.map(callArgument);
      const system = await context.system();
      const { instances } = await system.view();
      const endpoints =
        instance === undefined
          ? callableInstances(instances, { ...filter, service })
          : [namedInstance(instance, instances)];
      const channel = system.channel(service, endpoints);
      let result: unknown;
      try {
        result = await channel.call(method, args, { wait: false, metadata });
      } catch (thrown) {
        const methods = channel.methods.map(({ name }) => name);
        throw methods.includes(method) ? thrown : missing(SkylarkError.from(thrown), service, method, methods);
      }
      if (context.json || result !== undefined) {
        context.print({ result: result ?? null }, () => jsonText(result));
      }
      return undefined;
    },
  );
}

function addCallOptions(command: Command): Command {
  return addPlaceFilters(command)
    .addOption(new Option("--metadata <key=value>", "travels with the call; may be repeated").argParser(metadataPair))
    .addOption(new Option("--instance <instance>", "call this one: its id, the beginning of it, or host:port"));
}

/** What is offered instead, where the instance was reached and has no such method. */
function missing(error: SkylarkError, service: string, method: string, methods: readonly string[]): SkylarkError {
  if (error.code !== "unimplemented") return error;
  if (methods.length === 0) return new NothingFound(`that instance does not offer "${service}"`, { cause: error });
  const near = nearestName(method, methods);
  const advice = near ? `: did you mean "${near}"?` : ":";
  return new NothingFound(`"${service}" has no method "${method}"${advice} It has ${methods.join(", ")}`, {
    cause: error,
  });
}
