import { crc32 } from "node:zlib";
import { SkylarkError } from "@skylark/core";
import type { Call } from "@skylark/rpc";
import type { Method, Service } from "@skylark/rpc/internal";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Contract, Handlers, MethodContract, MethodContracts } from "./contract.js";
import { jsonSchemaOf } from "./contract-schema.js";

/**
 * A contract and the functions that keep it, of an object or of a class instance, as a service to offer. Fails
 * `invalid_argument` where one is missing.
 */
export function contractService<Methods extends MethodContracts>(
  contract: Contract<Methods>,
  handlers: Handlers<Methods>,
): Service {
  const methods = new Map<string, Method>();
  for (const [name, method] of Object.entries(contract.methods)) {
    methods.set(name, contractMethod(`${contract.name}.${name}`, method, handlers, name));
  }
  return { name: contract.name, version: contract.version, methods };
}

/** What is said of a service that has no contract. */
export interface PlainFacts {
  readonly name: string;
  readonly version: string;
  readonly idempotent: readonly string[];
}

/** What a module, object or class instance offers, as a service. Fails `invalid_argument` where it has no such method as is listed. */
export function plainService({ name, version, idempotent }: PlainFacts, offered: ReadonlyMap<string, Method>): Service {
  const methods = new Map(offered);
  for (const each of idempotent) {
    const method = methods.get(each);
    if (!method || method.shape === "stream") {
      throw new SkylarkError("invalid_argument", `"${name}" has no method ${each}, which is listed as idempotent`);
    }
    methods.set(each, { ...method, idempotent: true });
  }
  return { name, version, methods };
}

function contractMethod(
  fullName: string,
  contract: MethodContract,
  handlers: Readonly<Record<string, unknown>>,
  name: string,
): Method {
  const handler = handlers[name];
  if (typeof handler !== "function" || handler === ownedByLanguage[name]) {
    throw new SkylarkError("invalid_argument", `${fullName} is in the contract, but there is no function for it`);
  }
  const { input = nothing, output = dropped, stream: message, idempotent = false, description, http } = contract;
  const common = { idempotent, readOnly: http === "GET", input, description, layout: layoutOf(contract) };
  if (message) {
    const open = (handler as (input: unknown, call: Call) => AsyncIterable<unknown>).bind(handlers);
    return { ...common, shape: "server-stream", message, open: (call, args) => open(args[0], call) };
  }
  const handle = (handler as (input: unknown, call: Call) => unknown).bind(handlers);
  return { ...common, shape: "unary", output, run: (call, args) => handle(args[0], call) };
}

const ownedByLanguage = Object.prototype as unknown as Readonly<Record<string, unknown>>;

/** The input of a method that takes none: what a caller sends all the same would be lost in silence. */
const nothing: StandardSchemaV1 = {
  "~standard": {
    version: 1,
    vendor: "skylark",
    validate: (value) =>
      value === undefined ? { value } : { issues: [{ message: "this method takes no input; one was given" }] },
  },
};

/** The output of a method that answers nothing: what its handler happens to return is nobody's to see. */
const dropped: StandardSchemaV1 = {
  "~standard": { version: 1, vendor: "skylark", validate: () => ({ value: undefined }) },
};

/** Whether a method has a contract by which it takes nothing. */
export function takesNothing(input: StandardSchemaV1 | undefined): boolean {
  return input === nothing;
}

/** Whether a method has a contract by which it answers nothing. */
export function answersNothing(output: StandardSchemaV1 | undefined): boolean {
  return output === dropped;
}

/** Equal for equal contracts, different for different ones as far as they can be written down. */
function layoutOf({ input, output, stream }: MethodContract): string {
  const taken = jsonSchemaOf(input, "input") ?? null;
  const given = jsonSchemaOf(stream ?? output, "output") ?? null;
  const shapes = JSON.stringify(stream ? [taken, given, "server-stream"] : [taken, given]);
  return shapes === "[null,null]" ? "" : crc32(shapes).toString(16).padStart(8, "0");
}
