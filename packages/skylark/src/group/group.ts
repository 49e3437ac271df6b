import type { Selector } from "@skylark/discovery";
import type { CallOptions, NotRemote, RemoteFunctions } from "@skylark/rpc";
import { boundClient, type Channel, type RemoteMethods } from "@skylark/rpc/internal";
import type { Application } from "../application/application.js";
import type { ConsumedService } from "../application/consumed-service.js";
import { consumed, said } from "../consumed.js";
import { type Contract, type ContractFunctions, isContract, type MethodContracts } from "../contract/contract.js";
import { type GroupAnswer, groupAnswer, replyOf } from "./group-answer.js";
import { type GroupNeed, neededOf } from "./need.js";
import { nobodyToAsk, tooFew } from "./reply.js";

/** Which instances are asked, and how. A single call can say otherwise by `with`. */
export interface GroupCallOptions extends Selector, Pick<CallOptions, "timeoutMs" | "signal" | "metadata"> {
  /** How many have to answer well. Default: "all". */
  readonly need?: GroupNeed | undefined;
}

export interface GroupOptions extends Omit<GroupCallOptions, "signal" | "metadata"> {
  /** Before `group` resolves, wait this long for a first instance, and fail `unavailable` where there is none. Default: 0, no wait. */
  readonly readyWithinMs?: number | undefined;
  /** Default: the process's own. */
  readonly application?: Application | undefined;
}

/** A function of a service, asked of all instances. */
export interface GroupFunction<Args extends readonly unknown[], Result> {
  (...args: Args): GroupAnswer<Result>;
  /** Sends it to all and waits for no answer. Fails as a `GroupAnswer` does, where it could not be sent to enough. */
  oneWay(...args: Args): Promise<void>;
}

/** The functions of a service, each asked of all instances. */
export type GroupFunctions<Functions> = {
  readonly [Name in keyof Functions]: Functions[Name] extends (
    ...args: infer Args extends readonly unknown[]
  ) => Promise<infer Result>
    ? GroupFunction<Args, Result>
    : NotRemote<"a stream cannot be asked of a group: connect, and read it from one instance">;
};

/** The functions of a service, and `with` for the options of single calls. */
export type Group<Functions> = GroupFunctions<Functions> & {
  with(options: GroupCallOptions): GroupFunctions<Functions>;
};

/**
 * A client that asks every instance of a service at once: all that are in rotation and fit the selector when the call is
 * made. What `await` gives, and what else can be made of the answers, is told by `GroupAnswer`.
 *
 * A call fails `unavailable` with reason NO_INSTANCE where nobody is there to ask; that is not waited for. An instance is
 * asked again as in any call, where that is safe, but nobody else in its stead.
 *
 * Fails as `connect` does.
 *
 * @example
 * const caches = await group<typeof import("./cache.js")>("cache");
 * await caches.forget("ada");                                   // everywhere, or it fails and names where not
 * const sizes = await caches.with({ need: "any" }).size();      // of those that answer
 * const value = await caches.lookup("ada").first();             // whoever is first
 */
export function group<Methods extends MethodContracts>(
  contract: Contract<Methods>,
  options?: GroupOptions,
): Promise<Group<ContractFunctions<Methods>>>;
export function group<Implementation>(
  name: string,
  options?: GroupOptions,
): Promise<Group<RemoteFunctions<Implementation>>>;
export async function group(subject: string | Contract, options: GroupOptions = {}): Promise<unknown> {
  const name = isContract(subject) ? subject.name : subject;
  const service = await consumed(name, options);
  if (options.readyWithinMs) await service.channel(options).ready(options.readyWithinMs);
  return boundClient<GroupCallOptions>((own) => methodsOf(service, { ...options, ...said(own ?? {}) }));
}

function methodsOf(service: ConsumedService, options: GroupCallOptions): RemoteMethods {
  const members = service.members(options);
  const { need = "all", timeoutMs, signal, metadata } = options;
  neededOf(need, 0);
  const askAll = <Result>(method: string, send: (channel: Channel, call: CallOptions) => Promise<Result>) => {
    const asked = members.list;
    const givenUp = new AbortController();
    const call: CallOptions = {
      timeoutMs,
      metadata,
      signal: signal ? AbortSignal.any([signal, givenUp.signal]) : givenUp.signal,
      wait: false,
    };
    const needed = neededOf(need, asked.length);
    const name = `${service.name}.${method}`;
    return groupAnswer<Result>({
      replies: asked.map(({ instance, channel }) => replyOf(instance, send(channel, call))),
      needed,
      tooFew: (replies) =>
        asked.length > 0
          ? tooFew({ name, asked: asked.length, needed }, replies)
          : nobodyToAsk(name, service.absence(options)),
      giveUp: () => givenUp.abort(),
    });
  };
  return (method) => ({
    call: (args) => askAll(method, (channel, call) => channel.call(method, args, call)),
    oneWay: async (args) => void (await askAll(method, (channel, call) => channel.oneWay(method, args, call))),
  });
}
