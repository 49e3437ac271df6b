import type { Revision } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import type { Action, Held, Operation, Outcome } from "../linearizability/history.js";
import type { Finding } from "../linearizability/judge.js";

/** What came of one operation as far as its client knows: a promise that it did not run leaves nothing to record. */
export type Told = Outcome | { readonly kind: "not executed" };

/** The history of all clients of a run, on one clock. */
export class Recorder {
  readonly history: Operation[] = [];
  readonly contradictions: Finding[] = [];
  readonly #now: () => number;
  readonly #revisionOf = new Map<Held, Revision>();
  readonly #writeOf = new Map<string, Held>();
  readonly #troubles = new Map<string, number>();
  #numbers = 0;
  #started = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Operations that were begun; without those of which it is certain that they never ran. */
  get started(): number {
    return this.#started;
  }

  /** How often which error was met that left the outcome unknown. */
  get trouble(): string {
    const counts = [...this.#troubles].map(([code, count]) => `${count} times ${code}`);
    return counts.length === 0 ? "without an error" : counts.join(", ");
  }

  /** The number of the next write. */
  nextNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  /** @param run answers with what was told, or throws what the store threw. */
  async record(client: string, key: string, action: Action, run: () => Promise<Told>): Promise<Told> {
    this.#started++;
    const invokedAt = this.#now();
    const outcome = await run().catch((thrown: unknown) => this.#toldBy(thrown, action));
    if (outcome.kind === "not executed") this.#started--;
    else this.history.push({ client, key, action, outcome, invokedAt, returnedAt: this.#now() });
    return outcome;
  }

  /** A revision is that of one write, and a write has one: a second one shows that it was done twice. */
  note(key: string, held: Held, revision: Revision): void {
    const known = this.#revisionOf.get(held) ?? revision;
    const write = this.#writeOf.get(`${key} ${revision}`) ?? held;
    this.#revisionOf.set(held, known);
    this.#writeOf.set(`${key} ${revision}`, write);
    if (known !== revision) this.#contradict(key, `write ${held} has two revisions, ${known} and ${revision}`);
    if (write !== held) this.#contradict(key, `revision ${revision} is that of write ${write} and of write ${held}`);
  }

  #contradict(key: string, text: string): void {
    this.contradictions.push({ kind: "broken write", key, text: `${key}: ${text}` });
  }

  #toldBy(thrown: unknown, action: Action): Told {
    const error = SkylarkError.from(thrown);
    if (isRefusal(error, action)) return { kind: "refused" };
    if (error.notExecuted) return { kind: "not executed" };
    this.#troubles.set(error.code, (this.#troubles.get(error.code) ?? 0) + 1);
    return { kind: "unknown" };
  }
}

function isRefusal({ code }: SkylarkError, action: Action): boolean {
  if (action.kind === "create") return code === "already_exists";
  return (action.kind === "put" || action.kind === "delete") && action.over !== undefined && code === "aborted";
}
