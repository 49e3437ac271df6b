import type { Selector } from "@skylark/discovery";
import type { CallOptions, RemoteFunctions } from "@skylark/rpc";
import { boundClient, type CallByName, remoteFunctions } from "@skylark/rpc/internal";
import type { Application } from "./application/application.js";
import type { ConsumedService, ServiceCallOptions } from "./application/consumed-service.js";
import { application } from "./application/default-application.js";
import { type Contract, type ContractFunctions, isContract, type MethodContracts } from "./contract/contract.js";

/** Which instances a client may call, and how; a single call can say otherwise by `with`. */
export interface ConnectOptions extends Selector {
  /** Deadline of calls that name none. Default: the setting `timeoutMs`, 5000 ms. */
  readonly timeoutMs?: number | undefined;
  /** While no instance is there, wait for one until the deadline (true, default) or fail `unavailable` at once (false). */
  readonly wait?: boolean | undefined;
  /** Before `connect` resolves, wait this long for a first instance, and fail `unavailable` where there is none. Default: 0, no wait. */
  readonly readyWithinMs?: number | undefined;
  /** Default: the process's own. */
  readonly application?: Application | undefined;
}

/** The functions of a service, and `with` for the options of single calls: `grading.with({ timeoutMs: 500 }).students()`. */
export type Client<Functions> = Functions & { with(options: ServiceCallOptions): Functions };

/**
 * A client of a service, typed by its module or by its contract. It follows the directory: instances may come and go.
 *
 * @example
 * const grading = await connect<typeof import("./grading.js")>("grading", { version: "1" });
 * const grading = await connect(Grading);
 */
export function connect<Methods extends MethodContracts>(
  contract: Contract<Methods>,
  options?: ConnectOptions,
): Promise<Client<ContractFunctions<Methods>>>;
export function connect<Implementation>(
  name: string,
  options?: ConnectOptions,
): Promise<Client<RemoteFunctions<Implementation>>>;
export async function connect(subject: string | Contract, options: ConnectOptions = {}): Promise<unknown> {
  const name = isContract(subject) ? subject.name : subject;
  const service = await (options.application ?? application()).consume(name);
  if (options.readyWithinMs) await service.channel(options).ready(options.readyWithinMs);
  return boundClient<ServiceCallOptions>((own) => callsOf(service, { ...options, ...own }));
}

/**
 * The functions of a module that runs elsewhere, to be exported under the same names: the file that imports them is the
 * same for local and remote use, but for this one specifier. Connects at the first call.
 *
 * @example
 * export const { students, addGrade } = remote<typeof import("./grading.js")>("grading", { version: "1" });
 */
export function remote<Implementation>(name: string, options: ConnectOptions = {}): RemoteFunctions<Implementation> {
  let calls: CallByName | undefined;
  const connected = async (): Promise<CallByName> => {
    calls = callsOf(await (options.application ?? application()).consume(name), options);
    return calls;
  };
  const functions = remoteFunctions(async (method, args) => (calls ?? (await connected()))(method, args));
  return functions as unknown as RemoteFunctions<Implementation>;
}

function callsOf(service: ConsumedService, options: ConnectOptions & ServiceCallOptions): CallByName {
  const channel = service.channel(options);
  const { timeoutMs, wait, signal, metadata, key } = options;
  const callOptions: CallOptions = { timeoutMs, wait, signal, metadata, key };
  return (method, args) => channel.call(method, args, callOptions);
}
