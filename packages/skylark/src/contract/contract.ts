import type { Call, CallOptions } from "@skylark/rpc";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What a contract says of one method. */
export interface MethodContract {
  /** What it takes: any Standard Schema (zod, valibot, arktype …). Left out: nothing. Checked before the handler runs. */
  readonly input?: StandardSchemaV1;
  /** What it answers. Left out: nothing. Checked before the answer leaves. */
  readonly output?: StandardSchemaV1;
  /** Doing it twice is doing it once: it may be tried again even when it may have run. Default: false. */
  readonly idempotent?: boolean;
  /** For people: shown by `sky`, and wherever a service is listed. */
  readonly description?: string;
}

export type MethodContracts = Readonly<Record<string, MethodContract>>;

/** A service with a contract: made by `defineService`, served by `serve`, called by `connect`. */
export interface Contract<Methods extends MethodContracts = MethodContracts> {
  readonly name: string;
  readonly version: string;
  readonly methods: Methods;
}

type Taken<M extends MethodContract> = M["input"] extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<M["input"]>
  : undefined;
type Given<M extends MethodContract> = M["output"] extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<M["output"]>
  : void;

/** The functions that serve a contract. Each gets its checked input, and the call it serves. */
export type Handlers<Methods extends MethodContracts> = {
  readonly [Name in keyof Methods]: (
    input: Taken<Methods[Name]>,
    call: Call,
  ) => Given<Methods[Name]> | Promise<Given<Methods[Name]>>;
};

type ContractCall<M extends MethodContract> = M["input"] extends StandardSchemaV1
  ? (input: StandardSchemaV1.InferInput<M["input"]>) => Promise<ContractResult<M>>
  : () => Promise<ContractResult<M>>;
type ContractResult<M extends MethodContract> = M["output"] extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<M["output"]>
  : void;

/** The methods of a contract as their callers see them. */
export type ContractFunctions<Methods extends MethodContracts> = {
  readonly [Name in keyof Methods]: ContractCall<Methods[Name]>;
};

/** A client of a service with a contract, and `with` for the options of single calls. */
export type ContractClient<Methods extends MethodContracts> = ContractFunctions<Methods> & {
  with(options: CallOptions): ContractFunctions<Methods>;
};

/**
 * Says what a service is: its methods, what they take and answer, which may be repeated.
 *
 * A wrong input fails `invalid_argument` with reason VALIDATION before the handler runs; a wrong output `internal` with the
 * same reason. Both name the field, in the message and in `details.problems`.
 *
 * @example
 * export const Grading = defineService("grading", {
 *   version: "1.2.0",
 *   methods: {
 *     students: { output: z.array(Student), idempotent: true },
 *     addGrade: { input: NewGrade, output: Grade },
 *   },
 * });
 */
export function defineService<const Methods extends MethodContracts>(
  name: string,
  definition: { readonly version: string; readonly methods: Methods },
): Contract<Methods> {
  return { name, version: definition.version, methods: definition.methods };
}

export function isContract(value: unknown): value is Contract {
  return typeof value === "object" && value !== null && "methods" in value && "name" in value && "version" in value;
}
