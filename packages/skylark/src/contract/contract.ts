import { SkylarkError } from "@skylark/core";
import type { Call, RemoteCall, ServerStream } from "@skylark/rpc";
import { isPublicName } from "@skylark/rpc/internal";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What a contract says of one method: of one that answers once, or of one that answers with a stream of messages. */
export type MethodContract = CallContract | ServerStreamContract;

interface AnyMethodContract {
  /** What it takes: any Standard Schema (zod, valibot, arktype …). Left out: nothing. Checked before the handler runs. */
  readonly input?: StandardSchemaV1;
  /**
   * Doing it twice is doing it once: it may be tried again even when it may have run; a stream, as long as no message came
   * of it. Default: false.
   */
  readonly idempotent?: boolean;
  /**
   * It can also be called by HTTP's GET, its input in the query: for what changes nothing, since browsers ask unasked and
   * proxies ask twice. It must be `idempotent`. Default: by POST alone.
   */
  readonly http?: "GET";
  /** For people: shown by `sky`, and wherever a service is listed. */
  readonly description?: string;
}

interface CallContract extends AnyMethodContract {
  /** What it answers. Left out: nothing. Checked before the answer leaves. */
  readonly output?: StandardSchemaV1;
  readonly stream?: never;
}

interface ServerStreamContract extends AnyMethodContract {
  /** What each of its messages is. Checked before it leaves. Its handler is an async generator, or answers with one. */
  readonly stream: StandardSchemaV1;
  readonly output?: never;
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
  readonly [Name in keyof Methods]: (input: Taken<Methods[Name]>, call: Call) => Handled<Methods[Name]>;
};

type Handled<M extends MethodContract> = M["stream"] extends StandardSchemaV1
  ? AsyncIterable<StandardSchemaV1.InferInput<M["stream"]>>
  : Given<M> | Promise<Given<M>>;

type ContractCall<M extends MethodContract> = M["stream"] extends StandardSchemaV1
  ? (...args: ContractInput<M>) => ServerStream<StandardSchemaV1.InferOutput<M["stream"]>>
  : RemoteCall<ContractInput<M>, ContractResult<M>>;
type ContractInput<M extends MethodContract> = M["input"] extends StandardSchemaV1
  ? ContractArguments<StandardSchemaV1.InferInput<M["input"]>>
  : [];
/** What may be undefined may be left out. */
type ContractArguments<Input> = undefined extends Input ? [input?: Input] : [input: Input];
type ContractResult<M extends MethodContract> = M["output"] extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<M["output"]>
  : void;

/** The methods of a contract as their callers see them. */
export type ContractFunctions<Methods extends MethodContracts> = {
  readonly [Name in keyof Methods]: ContractCall<Methods[Name]>;
};

/**
 * Says what a service is: its methods, what they take and answer, which may be repeated.
 *
 * A wrong input fails `invalid_argument` with reason VALIDATION before the handler runs; a wrong output `internal` with the
 * same reason. Both name the field, in the message and in `details.problems`.
 *
 * Fails `invalid_argument` for a contract without methods, with a name that no client could call, with a method that has
 * both an output and a stream, or with one to be called by GET that is not idempotent.
 *
 * @example
 * export const Grading = defineService("grading", {
 *   version: "1.2.0",
 *   methods: {
 *     students: { output: z.array(Student), idempotent: true },
 *     addGrade: { input: NewGrade, output: Grade },
 *     watchGrades: { input: StudentId, stream: Grade },
 *   },
 * });
 */
export function defineService<const Methods extends MethodContracts>(
  name: string,
  definition: { readonly version: string; readonly methods: Methods },
): Contract<Methods> {
  const { version, methods } = definition;
  if (Object.keys(methods).length === 0) {
    throw new SkylarkError("invalid_argument", `the contract of "${name}" has no methods`);
  }
  for (const [method, { output, stream, http, idempotent }] of Object.entries<MethodContract>(methods)) {
    if (!isPublicName(method) || namesOfClients.has(method)) {
      throw new SkylarkError("invalid_argument", `"${name}" cannot have a method "${method}": choose another name`);
    }
    if (output && stream) {
      throw new SkylarkError(
        "invalid_argument",
        `${name}.${method} has an output and a stream: a method has one of them`,
      );
    }
    if (http === "GET" && idempotent !== true) {
      throw new SkylarkError(
        "invalid_argument",
        `${name}.${method} is to be called by GET, which browsers and proxies repeat: say idempotent: true, or leave out http`,
      );
    }
  }
  return { name, version, methods };
}

/** What a client has besides the methods. */
const namesOfClients: ReadonlySet<string> = new Set(["with"]);

export function isContract(value: unknown): value is Contract {
  return typeof value === "object" && value !== null && "methods" in value && "name" in value && "version" in value;
}
