import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { type Reply, valuesOf } from "./reply.js";

/**
 * What a group answers to one call. All instances are asked at once; how their answers become one is said here, how many of
 * them have to be good is said by `need`. Awaited it is the values of those that answered well, in the order of their ids,
 * once all have answered or failed. Read in a loop it is each reply as it comes, failures among them; whoever leaves the loop
 * gives up the rest.
 *
 * Fails with reason TOO_FEW_ANSWERS where fewer than needed answered well; `details.failures` names each.
 */
export interface GroupAnswer<Value> extends Promise<Value[]>, AsyncIterable<Reply<Value>> {
  /** The first good answer; the rest are given up. */
  first(): Promise<Value>;
  /** The values as soon as enough have answered well, in the order in which they came; the rest are given up. */
  soonest(): Promise<Value[]>;
  /** Folds the good answers in the order in which they come. */
  reduce<Result>(fold: (result: Result, value: Value, instance: string) => Result, initial: Result): Promise<Result>;
}

/** A call under way to every member of a group. */
export interface Ballot<Value> {
  /** One for each member, in the order of their ids. None rejects. */
  readonly replies: readonly Promise<Reply<Value>>[];
  /** How many have to be good. */
  readonly needed: number;
  /** What it fails with when all have replied, and too few well. */
  readonly tooFew: (replies: readonly Reply<Value>[]) => SkylarkError;
  /** Gives up what is not answered yet. */
  readonly giveUp: () => void;
}

export function groupAnswer<Value>(ballot: Ballot<Value>): GroupAnswer<Value> {
  const all = collected(ballot);
  /** Merged in another way, it is that way that tells what fails. */
  const instead = <Result>(merge: () => Result): Result => {
    all.catch(() => {});
    return merge();
  };
  return Object.defineProperties(all, {
    first: { value: () => instead(() => first(ballot)) },
    soonest: { value: () => instead(() => soonest(ballot)) },
    reduce: {
      value: <Result>(fold: (result: Result, value: Value, instance: string) => Result, initial: Result) =>
        instead(() => reduced(ballot, fold, initial)),
    },
    [Symbol.asyncIterator]: { value: () => instead(() => arrivals(ballot)) },
  }) as GroupAnswer<Value>;
}

async function collected<Value>(ballot: Ballot<Value>): Promise<Value[]> {
  const replies = await Promise.all(ballot.replies);
  const values = valuesOf(replies);
  if (values.length < ballot.needed) throw ballot.tooFew(replies);
  return values;
}

async function first<Value>(ballot: Ballot<Value>): Promise<Value> {
  const [value] = await soonest({ ...ballot, needed: 1 });
  return value as Value;
}

async function soonest<Value>(ballot: Ballot<Value>): Promise<Value[]> {
  const replies: Reply<Value>[] = [];
  const values: Value[] = [];
  for await (const reply of arrivals(ballot)) {
    replies.push(reply);
    if (reply.kind === "failed") continue;
    values.push(reply.value);
    if (values.length === ballot.needed) return values;
  }
  throw ballot.tooFew(replies);
}

async function reduced<Value, Result>(
  ballot: Ballot<Value>,
  fold: (result: Result, value: Value, instance: string) => Result,
  initial: Result,
): Promise<Result> {
  const replies: Reply<Value>[] = [];
  let result = initial;
  for await (const reply of arrivals(ballot)) {
    replies.push(reply);
    if (reply.kind === "answered") result = fold(result, reply.value, reply.instance);
  }
  if (valuesOf(replies).length < ballot.needed) throw ballot.tooFew(replies);
  return result;
}

/** Each reply as it comes. Whoever stops reading gives up the rest. */
async function* arrivals<Value>({ replies, giveUp }: Ballot<Value>): AsyncGenerator<Reply<Value>, void, void> {
  const arrived: Reply<Value>[] = [];
  let more = deferred();
  for (const reply of replies) {
    void reply.then((each) => {
      arrived.push(each);
      more.resolve();
    });
  }
  try {
    for (let read = 0; read < replies.length; read++) {
      while (arrived.length <= read) {
        more = deferred();
        await more.promise;
      }
      yield arrived[read] as Reply<Value>;
    }
  } finally {
    giveUp();
  }
}

/** Asks every member; whatever one throws is its reply. */
export function replyOf<Value>(instance: string, answer: Promise<Value>): Promise<Reply<Value>> {
  return answer.then(
    (value) => ({ kind: "answered", instance, value }) as const,
    (thrown: unknown) => ({ kind: "failed", instance, error: SkylarkError.from(thrown) }) as const,
  );
}
