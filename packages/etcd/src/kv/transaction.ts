import type { MessageInitShape } from "@bufbuild/protobuf";
import { SkylarkError } from "@skylark/core";
import type {
  CompareSchema,
  RequestOpSchema,
  ResponseOp,
  TxnRequestSchema,
  TxnResponse,
} from "../generated/etcd_pb.js";
import { type KeyRange, rangeFields } from "./key-range.js";
import { bytesOf, type KeyValue, keyValueOf } from "./key-value.js";

/** Must hold for every key in the range that exists; a range with none counts as one key with all numbers 0. */
export interface Condition {
  readonly range: KeyRange;
  readonly what: "version" | "createdRevision" | "revision" | "lease";
  readonly is: "=" | "!=" | "<" | ">";
  readonly value: bigint;
}

export type Step =
  | {
      readonly kind: "put";
      readonly key: string;
      readonly value: string | Uint8Array;
      /** `kept`: the key's own, of one that there is; without it the transaction fails `not_found`. Default: none. */
      readonly lease?: bigint | "kept";
    }
  | { readonly kind: "delete"; readonly range: KeyRange }
  | {
      readonly kind: "read";
      readonly range: KeyRange;
      readonly limit?: number;
      readonly keysOnly?: boolean;
      /** Default: the state the transaction finds, its own steps before this one included. */
      readonly revision?: bigint;
    };

/** Where all conditions hold `steps`, else `otherwise`; all of it at one instant. No key is written twice. */
export interface Transaction {
  readonly when: readonly Condition[];
  readonly steps: readonly Step[];
  readonly otherwise?: readonly Step[];
}

export type StepResult =
  /** `kept`: the lease that the key had and has, where it was to be kept; 0 for none. */
  | { readonly kind: "put"; readonly kept: bigint }
  | { readonly kind: "delete"; readonly deleted: number }
  | { readonly kind: "read"; readonly entries: readonly KeyValue[]; readonly more: boolean };

export interface TransactionResult {
  /** Whether the conditions held. */
  readonly succeeded: boolean;
  /** The revision of the store afterwards: that of all that was written. */
  readonly revision: bigint;
  /** Of the steps that were taken, in order. */
  readonly results: readonly StepResult[];
}

/** What etcd takes in its default settings, counted here so that the error names it. */
export const transactionLimits = {
  conditionsMax: 128,
  /** Of `steps` and of `otherwise`, each. */
  stepsMax: 128,
  /** Keys and values of one request; the server's limit of 1.5 MiB less its own words around them. */
  bytesMax: 1_500_000,
} as const;

/** Refuses with `invalid_argument` what the server would not take. */
export function transactionRequest({
  when,
  steps,
  otherwise = [],
}: Transaction): MessageInitShape<typeof TxnRequestSchema> {
  const { conditionsMax, stepsMax, bytesMax } = transactionLimits;
  if (when.length > conditionsMax) throw tooMany(when.length, "conditions", conditionsMax);
  for (const each of [steps, otherwise]) if (each.length > stepsMax) throw tooMany(each.length, "steps", stepsMax);
  const success = steps.map(requestOp);
  let bytes = 0;
  for (const { request } of success) {
    if (request?.case === "requestPut") bytes += (request.value.key?.length ?? 0) + (request.value.value?.length ?? 0);
  }
  if (bytes > bytesMax) {
    const message = `a transaction of ${bytes} bytes; keys and values together may have ${bytesMax}`;
    throw new SkylarkError("invalid_argument", message, { reason: "MESSAGE_TOO_LARGE", notExecuted: true });
  }
  return { compare: when.map(compare), success, failure: otherwise.map(requestOp) };
}

export function transactionResult({ header, succeeded, responses }: TxnResponse): TransactionResult {
  return { succeeded, revision: header?.revision ?? 0n, results: responses.map(stepResult) };
}

function tooMany(count: number, what: string, most: number): SkylarkError {
  const message = `${count} ${what} in one transaction; etcd takes ${most}`;
  return new SkylarkError("invalid_argument", message, { notExecuted: true });
}

const results = { "=": 0, ">": 1, "<": 2, "!=": 3 } as const;

const targets = {
  version: [0, "version"],
  createdRevision: [1, "createRevision"],
  revision: [2, "modRevision"],
  lease: [4, "lease"],
} as const;

function compare({ range, what, is, value }: Condition): MessageInitShape<typeof CompareSchema> {
  const [target, field] = targets[what];
  return { ...rangeFields(range), result: results[is], target, targetUnion: { case: field, value } };
}

/** As the initialiser of a RequestOp, narrowed to what is written here. */
function requestOp(step: Step) {
  switch (step.kind) {
    case "put": {
      const { key, value: given, lease = 0n } = step;
      const written = { key: bytesOf(key), value: bytesOf(given) };
      const value = lease === "kept" ? { ...written, ignoreLease: true, prevKv: true } : { ...written, lease };
      return { request: { case: "requestPut", value } } as const satisfies MessageInitShape<typeof RequestOpSchema>;
    }
    case "delete":
      return { request: { case: "requestDeleteRange", value: rangeFields(step.range) } } as const;
    case "read": {
      const { range, limit = 0, keysOnly = false, revision = 0n } = step;
      const value = { ...rangeFields(range), limit: BigInt(limit), keysOnly, revision };
      return { request: { case: "requestRange", value } } as const;
    }
  }
}

function stepResult({ response }: ResponseOp): StepResult {
  switch (response.case) {
    case "responseRange":
      return { kind: "read", entries: response.value.kvs.map(keyValueOf), more: response.value.more };
    case "responseDeleteRange":
      return { kind: "delete", deleted: Number(response.value.deleted) };
    default:
      return { kind: "put", kept: response.value?.prevKv?.lease ?? 0n };
  }
}
