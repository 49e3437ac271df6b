import { SkylarkError } from "@skylark/core";
import type { Coordination, Entry, Operation, OperationOptions, PutOptions } from "../../src/port.js";
import { altered } from "./altered-client.js";

/** What becomes of a write, and of its answer. */
export type Fate =
  | "answered"
  /** Done, and the answer lost. */
  | "done"
  /** Lost before it arrived. */
  | "lost"
  /** The answer is lost, and the write arrives only after that many reads more. */
  | { readonly afterReads: number };

interface LateWrite {
  readsLeft: number;
  readonly write: () => Promise<unknown>;
}

/** A client whose writes meet the fates that a test gives them, one after another. */
export function lossy(client: Coordination, fates: Fate[]): Coordination {
  const late: LateWrite[] = [];
  const settled = async <T>(write: () => Promise<T>): Promise<T> => {
    const fate = fates.shift() ?? "answered";
    if (fate === "answered") return write();
    if (fate === "done") await write();
    else if (fate !== "lost") late.push({ readsLeft: fate.afterReads, write });
    throw new SkylarkError("unavailable", "the answer was lost", { reason: "CONNECTION_LOST" });
  };
  const read = async <T>(ask: () => Promise<T>): Promise<T> => {
    const answer = await ask();
    for (const write of [...late]) {
      write.readsLeft -= 1;
      if (write.readsLeft > 0) continue;
      late.splice(late.indexOf(write), 1);
      await write.write().catch(() => {}); // it did not fit any more
    }
    return answer;
  };
  return altered(client, {
    multi: (operations: readonly Operation[], options?: OperationOptions): Promise<Entry[]> =>
      settled(() => client.multi(operations, options?.signal ? {} : options)),
    delete: (key: string, options?: PutOptions) => settled(() => client.delete(key, options)),
    get: (...given: Parameters<Coordination["get"]>) => read(() => client.get(...given)),
    list: (...given: Parameters<Coordination["list"]>) => read(() => client.list(...given)),
  });
}
