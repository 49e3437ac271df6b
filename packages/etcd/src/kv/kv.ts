import { SkylarkError } from "@skylark/core";
import type { Calls } from "../calls/calls.js";
import type { RangeResponse } from "../generated/etcd_pb.js";
import type { CallOptions } from "../options.js";
import { type KeyRange, rangeFields, rangeText } from "./key-range.js";
import { bytesOf, type KeyValue, keyValueOf } from "./key-value.js";
import { firstPageLimit, nextPageLimit } from "./pages.js";
import { type Transaction, type TransactionResult, transactionRequest, transactionResult } from "./transaction.js";

export interface ReadOptions extends CallOptions {
  /**
   * True: linearizable, confirmed by a majority. False: whatever the connected member knows, which may lie behind and, after
   * a change of member, before what was read already; `revision` of the answer tells. Default: true.
   */
  readonly fresh?: boolean | undefined;
  /** Leaves the values out. Default: false. */
  readonly keysOnly?: boolean | undefined;
}

export interface Reading {
  /** The revision of the store that was read. */
  readonly revision: bigint;
  /** In the order of their keys. */
  readonly entries: readonly KeyValue[];
}

/** A key that was there got another value. */
export interface Updated {
  /** Of the store, made by this. */
  readonly revision: bigint;
  /** The key's, before and after; 0 for none. */
  readonly lease: bigint;
}

interface Page {
  readonly range: KeyRange;
  readonly limit: number;
  /** 0 for the state the member has. */
  readonly revision: bigint;
}

/** A range is read anew at most this often when history is compacted between its pages. */
const readingsMax = 3;

/** Reading and writing. What may fail in what way: `Etcd`. */
export class Kv {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** However many, in pages, all as of one revision. */
  async read(range: KeyRange, options: ReadOptions = {}): Promise<Reading> {
    for (let reading = 1; ; reading += 1) {
      try {
        return await this.#read(range, reading === 1 ? options : { ...options, fresh: true });
      } catch (error) {
        // compacted between two pages, or a page came from a member that is not as far yet
        if (!SkylarkError.is(error, "out_of_range") || reading === readingsMax) throw error;
      }
    }
  }

  /** Whether the write was made conditional on a lease or anything else is a matter of `transact`. */
  async put(
    key: string,
    value: string | Uint8Array,
    options: CallOptions & { readonly lease?: bigint } = {},
  ): Promise<bigint> {
    const request = { key: bytesOf(key), value: bytesOf(value), lease: options.lease ?? 0n };
    const answer = await this.#calls.call(
      { what: `put ${key}`, repeatable: false, make: ({ kv }, rpc) => kv.put(request, rpc) },
      options,
    );
    return answer.header?.revision ?? 0n;
  }

  async update(key: string, value: string | Uint8Array, options: CallOptions = {}): Promise<Updated> {
    const request = { key: bytesOf(key), value: bytesOf(value), ignoreLease: true, prevKv: true };
    const { header, prevKv } = await this.#calls.call(
      { what: `update ${key}`, repeatable: false, make: ({ kv }, rpc) => kv.put(request, rpc) },
      options,
    );
    return { revision: header?.revision ?? 0n, lease: prevKv?.lease ?? 0n };
  }

  async delete(range: KeyRange, options: CallOptions = {}): Promise<number> {
    const request = rangeFields(range);
    const answer = await this.#calls.call(
      { what: `delete ${rangeText(range)}`, repeatable: false, make: ({ kv }, rpc) => kv.deleteRange(request, rpc) },
      options,
    );
    return Number(answer.deleted);
  }

  async transact(transaction: Transaction, options: CallOptions = {}): Promise<TransactionResult> {
    const request = transactionRequest(transaction);
    const all = [...transaction.steps, ...(transaction.otherwise ?? [])];
    const call = {
      what: transactionText(transaction),
      repeatable: all.every(({ kind }) => kind === "read"),
    };
    const answer = await this.#calls.call({ ...call, make: ({ kv }, rpc) => kv.txn(request, rpc) }, options);
    return transactionResult(answer);
  }

  async compact(revision: bigint, options: CallOptions = {}): Promise<void> {
    const request = { revision, physical: true };
    await this.#calls.call(
      { what: `compact at ${revision}`, repeatable: false, make: ({ kv }, rpc) => kv.compact(request, rpc) },
      options,
    );
  }

  async #read(range: KeyRange, options: ReadOptions): Promise<Reading> {
    const entries: KeyValue[] = [];
    let page: Page = { range, limit: firstPageLimit, revision: 0n };
    for (;;) {
      const answer = await this.#page(page, options);
      let bytes = 0;
      for (const kv of answer.kvs) {
        entries.push(keyValueOf(kv));
        bytes += kv.key.length + kv.value.length;
      }
      const revision = page.revision || (answer.header?.revision ?? 0n);
      const last = entries.at(-1);
      if (!answer.more || !last) return { revision, entries };
      const rest = { ...range, from: `${last.key}\0` };
      page = { range: rest, limit: nextPageLimit(answer.kvs.length, bytes), revision };
    }
  }

  #page({ range, limit, revision }: Page, options: ReadOptions): Promise<RangeResponse> {
    const { fresh = true, keysOnly = false } = options;
    const request = { ...rangeFields(range), limit: BigInt(limit), revision, keysOnly, serializable: !fresh };
    return this.#calls.call(
      {
        what: `read ${rangeText(range)}`,
        repeatable: true,
        local: !fresh,
        make: ({ kv }, rpc) => kv.range(request, rpc),
      },
      options,
    );
  }
}

function transactionText({ steps }: Transaction): string {
  const texts = steps.map((step) => (step.kind === "put" ? step.key : rangeText(step.range)));
  return `transaction on ${texts.slice(0, 3).join(", ")}${texts.length > 3 ? ", …" : ""}`;
}
