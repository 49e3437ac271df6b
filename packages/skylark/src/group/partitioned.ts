import type { Selector } from "@skylark/discovery";
import type { CallOptions, RemoteFunctions } from "@skylark/rpc";
import { type Channel, methodByName, remoteFunctions } from "@skylark/rpc/internal";
import type { Application } from "../application/application.js";
import type { ConsumedService } from "../application/consumed-service.js";
import { consumed } from "../consumed.js";
import { type Contract, type ContractFunctions, isContract, type MethodContracts } from "../contract/contract.js";
import type { PartitionKey } from "./owners.js";
import { type Part, Scatter } from "./scatter.js";

/** Which instances share the keys among them. */
export interface PartitionedOptions extends Selector {
  /** Deadline of scattered calls that name none. Default: the setting `timeoutMs`, 5000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Before `partitioned` resolves, wait this long for a first instance, and fail `unavailable` where there is none. Default: 0, no wait. */
  readonly readyWithinMs?: number | undefined;
  /** Default: the process's own. */
  readonly application?: Application | undefined;
}

export interface ScatterOptions extends Pick<CallOptions, "signal" | "metadata"> {
  /** For all of it, asking again included. Default: as `partitioned` was told. */
  readonly timeoutMs?: number | undefined;
  /** For each instance that is asked; then its keys are asked elsewhere, where that is safe. Default: what is left of `timeoutMs`. */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * Asking twice is asking once. Default: false; then only keys whose call certainly did not run are asked again elsewhere.
   */
  readonly idempotent?: boolean | undefined;
  /** Whether all keys have to be answered, or any part will do. Default: "all". */
  readonly need?: "all" | "any" | undefined;
}

/** A service whose instances share keys among them. */
export interface Partitioned<Functions> {
  /**
   * Asks every owner for its keys, all at once. Where an owner cannot answer, those of its keys that are missing are asked of
   * their next owners, at most twice, out of the service's retry budget; what was answered is not asked again.
   *
   * Fails with reason TOO_FEW_ANSWERS where keys are missing in the end, `unavailable` with reason NO_INSTANCE where nobody
   * is there.
   *
   * @example
   * const parts = await shards.scatter(ids, (shard, some) => shard.many(some), { idempotent: true });
   * const rows = parts.flatMap(({ value }) => value);
   */
  scatter<Key extends PartitionKey, Value>(
    keys: readonly Key[],
    ask: (owner: Functions, keys: readonly Key[]) => Promise<Value>,
    options?: ScatterOptions,
  ): Promise<Part<Key, Value>[]>;
}

/**
 * A client of a service whose instances share keys among them: each key has one owner, the same for everybody who knows the
 * same instances, and the one that the balancer `byKey` chooses. When an instance leaves, only its keys move.
 *
 * Fails as `connect` does.
 *
 * @example
 * const shards = await partitioned<typeof import("./shard.js")>("shard");
 */
export function partitioned<Methods extends MethodContracts>(
  contract: Contract<Methods>,
  options?: PartitionedOptions,
): Promise<Partitioned<ContractFunctions<Methods>>>;
export function partitioned<Implementation>(
  name: string,
  options?: PartitionedOptions,
): Promise<Partitioned<RemoteFunctions<Implementation>>>;
export async function partitioned(
  subject: string | Contract,
  options: PartitionedOptions = {},
): Promise<Partitioned<unknown>> {
  const name = isContract(subject) ? subject.name : subject;
  const service = await consumed(name, options);
  if (options.readyWithinMs) await service.channel(options).ready(options.readyWithinMs);
  return new PartitionedClient(service, options);
}

class PartitionedClient implements Partitioned<unknown> {
  readonly #service: ConsumedService;
  readonly #options: PartitionedOptions;

  constructor(service: ConsumedService, options: PartitionedOptions) {
    this.#service = service;
    this.#options = options;
  }

  async scatter<Key extends PartitionKey, Value>(
    keys: readonly Key[],
    ask: (owner: unknown, keys: readonly Key[]) => Promise<Value>,
    options: ScatterOptions = {},
  ): Promise<Part<Key, Value>[]> {
    const scatter = new Scatter<Key, Value>({
      name: this.#service.name,
      members: this.#service.members(this.#options),
      absence: () => this.#service.absence(this.#options),
      ask: (channel, some, call) => ask(functionsOver(channel, call), some),
      idempotent: options.idempotent ?? false,
      attemptTimeoutMs: options.attemptTimeoutMs ?? Number.POSITIVE_INFINITY,
      need: options.need ?? "all",
      deadlineAt: performance.now() + (options.timeoutMs ?? this.#options.timeoutMs ?? this.#service.timeoutMs),
      call: { signal: options.signal, metadata: options.metadata },
    });
    return await scatter.of(keys);
  }
}

function functionsOver(channel: Channel, call: CallOptions): unknown {
  return remoteFunctions((method) => methodByName(channel, method, call));
}
