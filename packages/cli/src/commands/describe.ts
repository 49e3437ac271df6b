import type { Command } from "commander";
import {
  type InstanceDescription,
  instanceServiceName,
  type MethodDescription,
  type ServiceDescription,
} from "skylark/internal";
import type { CommandContext } from "../context.js";
import { NothingFound } from "../failure.js";
import { schemaText } from "../output/schema-text.js";
import type { Sky } from "../sky.js";
import { nativeInstances, unknownService } from "../system/callable-instances.js";
import { type NamedInstance, namedNativeInstance } from "../system/instance-reference.js";
import type { ListedInstance } from "../system/listed-instance.js";

export function describe(sky: Sky): Command {
  return sky.command(
    {
      usage: "describe <service-or-instance>",
      summary: "Show methods, what they take and answer, and their documentation",
      examples: [
        ["sky describe grading", "a service, in each of its versions"],
        ["sky describe k3f9", "all that one instance offers"],
        ["sky describe grading --json | jq '.descriptions[0].services[0].methods'", "with the schemas"],
      ],
    },
    async (context, [subject = ""]) => {
      const system = await context.system();
      const { instances } = await system.view();
      const isService = instances.some(({ service }) => service === subject);
      const asked = isService
        ? onePerVersion(nativeInstances(subject, instances))
        : [instanceCalled(subject, instances)];
      const described = await Promise.all(asked.map((each) => system.instance(each).describe()));
      const descriptions = isService ? described.map((each) => only(subject, each)) : described;
      context.print({ descriptions }, () => descriptions.map((each) => descriptionText(each, context)).join("\n"));
      return undefined;
    },
  );
}

function instanceCalled(subject: string, instances: readonly ListedInstance[]): NamedInstance {
  try {
    return namedNativeInstance(subject, instances);
  } catch (thrown) {
    if (!(thrown instanceof NothingFound)) throw thrown;
    throw new NothingFound(`${unknownService(subject, instances)} No instance is called so either`, { cause: thrown });
  }
}

/** Those that are chosen by callers say best what callers find. */
function onePerVersion(instances: readonly ListedInstance[]): readonly NamedInstance[] {
  const versions = new Map<string, ListedInstance>();
  for (const instance of instances) {
    const known = versions.get(instance.version);
    if (!known || (known.state !== "inRotation" && instance.state === "inRotation")) {
      versions.set(instance.version, instance);
    }
  }
  return [...versions.values()].map((offer) => ({ id: offer.id, address: offer.address, offers: [offer] }));
}

function only(service: string, description: InstanceDescription): InstanceDescription {
  return { ...description, services: description.services.filter(({ name }) => name === service) };
}

function descriptionText({ instance, name, pid, services }: InstanceDescription, context: CommandContext): string {
  const { dim } = context.terminal.colours;
  const ownFirst = services.toSorted((one, other) => Number(isBuiltIn(one)) - Number(isBuiltIn(other)));
  const blocks = ownFirst.map((service) => serviceText(service, context));
  return `${dim(`instance ${instance} of "${name}", process ${pid}`)}\n${blocks.join("\n")}`;
}

function isBuiltIn({ name }: ServiceDescription): boolean {
  return name === instanceServiceName;
}

function serviceText({ name, version, methods }: ServiceDescription, context: CommandContext): string {
  const { bold } = context.terminal.colours;
  return `${bold(name)} ${version}\n${methods.map((method) => methodText(method, context)).join("")}`;
}

function methodText(method: MethodDescription, context: CommandContext): string {
  const { name, shape, idempotent, description, input } = method;
  const output = method.output ?? method.message;
  const { cyan, dim } = context.terminal.colours;
  const described = input !== undefined || output !== undefined;
  const taken = input === undefined ? (described ? "" : "…") : schemaText(input);
  const given = output === undefined ? "" : `: ${schemaText(output)}`;
  const traits = [...(shape === "unary" ? [] : [shape.replace("-", " ")]), ...(idempotent ? ["idempotent"] : [])];
  const lines = [`  ${cyan(name)}(${taken})${given}${traits.length > 0 ? `  ${dim(traits.join(", "))}` : ""}`];
  if (description) lines.push(`    ${description}`);
  return `${lines.join("\n")}\n`;
}
