import { SkylarkError } from "@skylark/core";
import type { ServerStream } from "@skylark/rpc";
import type { Channel } from "@skylark/rpc/internal";
import { type Command, Option } from "commander";
import { nearestName } from "skylark/internal";
import type { CommandContext } from "../context.js";
import { type ExitCode, exitCodes, NothingFound } from "../failure.js";
import { callArgument, metadataPair, methodName } from "../options/call-arguments.js";
import { addPlaceFilters, type FilterOptions } from "../options/filters.js";
import { jsonLine, jsonText } from "../output/json.js";
import type { Sky } from "../sky.js";
import { callableInstances } from "../system/callable-instances.js";
import { namedNativeInstance } from "../system/instance-reference.js";

interface CallOptions extends Omit<FilterOptions, "service"> {
  readonly instance?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function call(sky: Sky): Command {
  return sky.command<CallOptions>(
    {
      usage: "call <service.method> [arguments...]",
      summary: "Call a method, and print what it answers as JSON; of a stream, each message as it comes",
      examples: [
        ["sky call grading.students", "without arguments"],
        [`sky call grading.student '{"id":1}'`, "each argument is JSON …"],
        ["sky call notes.add 7 hello", "… or a bare word, which is a text"],
        ["sky call grading.students --timeout 500ms", "gives up after half a second"],
        ["sky call grading.students --region eu --version ^1.2", "somewhere in particular"],
        ["sky call grading.students --instance k3f9", "one instance, in rotation or not"],
        ["sky call grading.watchGrades 3 --json", "a stream: a line of JSON for each message, until Ctrl-C"],
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
          : [namedNativeInstance(instance, instances)];
      const channel = system.channel(service, endpoints);
      const options = { wait: false, metadata };
      let result: unknown;
      try {
        result = await channel.call(method, args, options);
      } catch (thrown) {
        if (channel.shapeOf(method) === "server-stream") {
          const signal = context.terminal.interruption();
          return await printMessages(context, channel.stream(method, args, { ...options, signal }), signal);
        }
        throw toldWhatThereIs(SkylarkError.from(thrown), channel, method);
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

/** Until the stream ends, or Ctrl-C ends it at its instance too. Who reads slowly holds the instance back. */
async function printMessages(
  { terminal, json }: CommandContext,
  messages: ServerStream<unknown>,
  interrupted: AbortSignal,
): Promise<ExitCode> {
  try {
    for await (const message of messages) {
      terminal.out(json ? jsonLine({ message: message ?? null }) : jsonText(message));
      await terminal.caughtUp(interrupted);
    }
    return exitCodes.ok;
  } catch (thrown) {
    if (interrupted.aborted) return exitCodes.interrupted;
    throw thrown;
  }
}

/** Where the instance was reached and has no such method, the error says what it has instead. */
function toldWhatThereIs(error: SkylarkError, channel: Channel, method: string): SkylarkError {
  const methods = channel.methods.map(({ name }) => name);
  if (error.code !== "unimplemented" || methods.includes(method)) return error;
  const { service } = channel;
  if (methods.length === 0) return new NothingFound(`that instance does not offer "${service}"`, { cause: error });
  const near = nearestName(method, methods);
  const advice = near ? `: did you mean "${near}"?` : ":";
  return new NothingFound(`"${service}" has no method "${method}"${advice} It has ${methods.join(", ")}`, {
    cause: error,
  });
}
