import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import type { MultiReadOperation, MultiReadOutcome, ZooKeeper } from "@skylark/zookeeper";
import { Turns } from "./turns.js";
import { zooKeeperCodeOf } from "./zookeeper-errors.js";

/** Of the values in one answer: far below what the client takes, since they may have grown after they were seen. */
const answerBytesMax = 12 * 1024 * 1024;

/** What stands for a value that nobody has seen. Were each as large as a value can be, an answer would still be taken. */
const unseenBytes = 256 * 1024;

/** Of a node beside its value. */
const nodeBytes = 128;

/** Of one request: three quarters of what servers take. */
const requestBytesMax = 768 * 1024;

/** Of one operation in it, beside its path. */
const operationBytes = 16;

const requestsAtOnce = 16;

/** Longer than any read that is going to be answered takes. */
export const readTimeoutMs = 30_000;

type ReadingClient = Pick<ZooKeeper, "multiRead" | "getData">;

interface Asked {
  readonly operation: MultiReadOperation;
  readonly bytes: number;
  readonly outcome: Deferred<MultiReadOutcome>;
}

/**
 * Gathers what is asked for in one turn, by all watches of a client, and asks the server in as few requests as the answers
 * allow: when a store comes back, each of its clients has one question instead of thousands.
 */
export class BatchedReads {
  readonly #turns = new Turns(requestsAtOnce);
  #asked: Asked[] = [];
  /** Singly: this ensemble has answered with more than the client takes. */
  #manner: "together" | "singly" = "together";

  /** @param seenBytes of the value, where it was read before */
  read(client: ReadingClient, operation: MultiReadOperation, seenBytes = unseenBytes): Promise<MultiReadOutcome> {
    const outcome = deferred<MultiReadOutcome>();
    if (this.#asked.length === 0) process.nextTick(() => this.#send(client));
    this.#asked.push({ operation, bytes: seenBytes + nodeBytes, outcome });
    return outcome.promise;
  }

  #send(client: ReadingClient): void {
    const asked = this.#asked;
    this.#asked = [];
    const [only] = asked;
    if (asked.length === 1 && only?.operation.kind === "getData") {
      only.outcome.resolve(readOne(client, only.operation.path)); // nearly always: needs no turn and no batch
      return;
    }
    const batches = this.#manner === "together" ? batchesOf(asked) : asked.map((each) => [each]);
    for (const batch of batches) void this.#turns.run(() => this.#ask(client, batch));
  }

  /** Never fails itself. */
  async #ask(client: ReadingClient, batch: readonly Asked[]): Promise<void> {
    try {
      const operations = batch.map(({ operation }) => operation);
      const [only] = operations;
      const isLone = operations.length === 1 && only?.kind === "getData";
      const outcomes = isLone
        ? [await readOne(client, only.path)]
        : await client.multiRead(operations, { timeoutMs: readTimeoutMs });
      for (const [index, outcome] of outcomes.entries()) batch[index]?.outcome.resolve(outcome);
    } catch (error) {
      if (isOfTooLongAnswer(error)) this.#manner = "singly";
      for (const { outcome } of batch) outcome.reject(error);
    }
  }
}

async function readOne(client: ReadingClient, path: string): Promise<MultiReadOutcome> {
  try {
    return { kind: "data", ...(await client.getData(path, { timeoutMs: readTimeoutMs })) };
  } catch (error) {
    if (zooKeeperCodeOf(error) === "no_node") return { kind: "failed", error: SkylarkError.from(error) };
    throw error;
  }
}

function batchesOf(asked: readonly Asked[]): Asked[][] {
  const batches: Asked[][] = [];
  let answerBytes = Number.POSITIVE_INFINITY;
  let requestBytes = 0;
  for (const each of asked) {
    const ownBytes = Buffer.byteLength(each.operation.path) + operationBytes;
    answerBytes += each.bytes;
    requestBytes += ownBytes;
    if (answerBytes > answerBytesMax || requestBytes > requestBytesMax) {
      batches.push([]);
      answerBytes = each.bytes;
      requestBytes = ownBytes;
    }
    batches.at(-1)?.push(each);
  }
  return batches;
}

/** The client hangs up on an answer that is longer than it takes. */
function isOfTooLongAnswer(error: unknown): boolean {
  return SkylarkError.is(error) && SkylarkError.is(error.cause) && error.cause.reason === "PROTOCOL";
}
