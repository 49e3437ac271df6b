import type { Balancer } from "@skylark/balance";
import { SkylarkError } from "@skylark/core";
import type { CallOptions, RemoteFunctions } from "@skylark/rpc";
import {
  ambientCall,
  answerOrStream,
  boundClient,
  type Channel,
  LateStream,
  methodByName,
  type RemoteMethod,
  type RemoteMethods,
  remoteFunctions,
  type StreamOptions,
} from "@skylark/rpc/internal";
import type { Application } from "./application/application.js";
import type { Choice, ConsumedService, ServiceCallOptions } from "./application/consumed-service.js";
import { application } from "./application/default-application.js";
import { within } from "./application/within.js";
import { consumed, said } from "./consumed.js";
import { type Contract, type ContractFunctions, isContract, type MethodContracts } from "./contract/contract.js";

/** Which instances a client may call, and how; a single call can say otherwise by `with`. */
export interface ConnectOptions extends Choice {
  /**
   * Deadline of calls that name none. Default: the setting `timeoutMs`, 5000 ms. For streams it governs their beginning
   * alone; `with({ timeoutMs })` limits one as a whole.
   */
  readonly timeoutMs?: number | undefined;
  /** While no instance is there, wait for one until the deadline (true, default) or fail `unavailable` at once (false). */
  readonly wait?: boolean | undefined;
  /** Before `connect` resolves, wait this long for a first instance, and fail `unavailable` where there is none. Default: 0, no wait. */
  readonly readyWithinMs?: number | undefined;
  /** How calls are spread over the instances: an object of one's own. Default: the one that the setting `balancer` names. */
  readonly balancer?: Balancer | undefined;
  /** Default: the process's own. */
  readonly application?: Application | undefined;
}

/** What `remote` may be told: all but to wait, since it begins at the first call. */
export type RemoteOptions = Omit<ConnectOptions, "readyWithinMs">;

/** The functions of a service, and `with` for the options of single calls: `grading.with({ timeoutMs: 500 }).students()`. */
export type Client<Functions> = Functions & {
  /** What an option leaves out, or says to be undefined, stays as `connect` was told; `"any"` asks for nothing. */
  with(options: ServiceCallOptions): Functions;
};

/**
 * A client of a service, typed by its module or by its contract. It follows the directory: instances may come and go, and
 * the first may come later. Resolves when the store has told which there are; where it is away, when this machine has read
 * what it wrote down of them last, or after `timeoutMs` without either.
 *
 * Fails `unavailable` where there is no instance within `readyWithinMs`; `invalid_argument` for what can be no service's name;
 * and as coordination does where waiting would not help.
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
  const service = await consumed(name, options);
  if (options.readyWithinMs) await service.channel(options, options.balancer).ready(options.readyWithinMs);
  const contract = isContract(subject) ? subject : undefined;
  return boundClient<ServiceCallOptions>((own) => methodsOf(service, options, said(own ?? {}), contract));
}

/**
 * The functions of a module that runs elsewhere, to be exported under the same names: the file that imports them is the
 * same for local and remote use, but for this one specifier. Connects at the first call, within that call's deadline.
 *
 * @example
 * export const { students, addGrade } = remote<typeof import("./grading.js")>("grading", { version: "1" });
 */
export function remote<Implementation>(name: string, options: RemoteOptions = {}): RemoteFunctions<Implementation> {
  let methods: RemoteMethods | undefined;
  const connected = (service: ConsumedService): void => void (methods ??= methodsOf(service, options));
  const functions = remoteFunctions((method) => {
    let found: RemoteMethod | undefined;
    const known = (): RemoteMethod | undefined => (found ??= methods?.(method));
    const first = (args: unknown[]): FirstUse => ({ name, method, args, options, connected });
    return {
      call: (args) => known()?.call(args) ?? firstUse(first(args)),
      oneWay: (args) => known()?.oneWay(args) ?? firstOneWay(first(args)),
    };
  });
  return functions as unknown as RemoteFunctions<Implementation>;
}

interface FirstUse {
  readonly name: string;
  readonly method: string;
  readonly args: unknown[];
  readonly options: RemoteOptions;
  readonly connected: (service: ConsumedService) => void;
}

/** Before anything is connected nobody knows what the method is. */
function firstUse({ name, method, args, options, connected }: FirstUse): unknown {
  const { wait } = options;
  let known: Channel | undefined;
  const found = async (): Promise<{ channel: Channel; remainingMs: number }> => {
    const { service, remainingMs } = await consumedWithin(name, method, options);
    connected(service);
    known = service.channel(options, options.balancer);
    return { channel: known, remainingMs };
  };
  const call = async (): Promise<unknown> => {
    const { channel, remainingMs } = await found();
    return await channel.call(method, args, { wait, timeoutMs: remainingMs });
  };
  const stream = new LateStream(async () => {
    const { channel, remainingMs } = await found();
    return channel.stream(method, args, { wait, beginWithinMs: remainingMs });
  });
  return answerOrStream(call, stream, () => known?.shapeOf(method));
}

async function firstOneWay({ name, method, args, options, connected }: FirstUse): Promise<void> {
  const { service, remainingMs } = await consumedWithin(name, method, options);
  connected(service);
  await service.channel(options, options.balancer).oneWay(method, args, { wait: options.wait, timeoutMs: remainingMs });
}

/** The time that connecting takes is the call's. */
async function consumedWithin(
  name: string,
  method: string,
  options: RemoteOptions,
): Promise<{ service: ConsumedService; remainingMs: number }> {
  const own = options.application ?? application();
  const timeoutMs = options.timeoutMs ?? own.settings.values.timeoutMs;
  const mostMs = Math.min(timeoutMs, ambientCall()?.remainingMs ?? timeoutMs);
  const startedAt = performance.now();
  const service = await within(mostMs, consumed(name, options), () => {
    const message = `${name}.${method} was not sent within its deadline of ${mostMs} ms: coordination has not answered yet`;
    throw new SkylarkError("deadline_exceeded", message, { notExecuted: true });
  });
  return { service, remainingMs: mostMs - (performance.now() - startedAt) };
}

/** Of a contract the shapes are known; of a module only connected instances know them. `own`: what `with` was told. */
function methodsOf(
  service: ConsumedService,
  options: RemoteOptions,
  own: ServiceCallOptions = {},
  contract?: Contract,
): RemoteMethods {
  const told = { ...options, ...own };
  const channel = service.channel(told, told.balancer);
  const { timeoutMs, wait, signal, metadata, key } = told;
  const calls: CallOptions = { timeoutMs, wait, signal, metadata, key };
  const streams: StreamOptions = { ...calls, timeoutMs: own.timeoutMs, beginWithinMs: timeoutMs };
  return (method) => {
    if (!contract) return methodByName(channel, method, calls, streams);
    const call = contract.methods[method]?.stream
      ? (args: unknown[]) => channel.stream(method, args, streams)
      : (args: unknown[]) => channel.call(method, args, calls);
    return { call, oneWay: (args) => channel.oneWay(method, args, calls) };
  };
}
