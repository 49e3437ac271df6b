import type { DirectoryInstance } from "./directory-instance.js";
import type { LifeSigns } from "./life-signs.js";

export const doubtLimits = {
  /** At the first look after so long a disappearance is believed, whoever answers: the store is the authority. */
  mostMs: 60_000,
  /** How often those doubted are asked for a sign of life, and judged by what came. An answer from another continent takes half of it. */
  askEveryMs: 500,
  /** Heard within this time, an instance answers. A frozen one was heard at least one time to live before it disappears. */
  freshMs: 1000,
} as const;

/** Why a doubt ended. */
export type Ending =
  /** The store lists it again. */
  | "listed"
  /** Nothing is heard of it any more: the connection is lost, a farewell came over it, or silence. */
  | "silent"
  /** It answers still, but the time is over. */
  | "overdue";

export interface Ended {
  readonly instance: DirectoryInstance;
  readonly why: Ending;
}

/** What came of looking: who is doubted from now on, and who no longer. */
export interface Verdict {
  readonly began: readonly DirectoryInstance[];
  readonly ended: readonly Ended[];
}

interface Doubt {
  readonly instance: DirectoryInstance;
  readonly since: number;
  /** When it is judged by what it answered. */
  dueAt: number;
}

/**
 * Instances that vanished from the store without having said that they leave. Stores lose things: a session expires while
 * its process works, somebody restores an old copy, or wipes it. As long as that very instance answers over its connection it is
 * kept, for a minute at most. Knows no clock: whoever owns it tells the time, and asks again at `dueAt`.
 *
 *     listed ──(deleted, had said `leaving`, or nothing heard of it)──▶ gone
 *       │ ▲
 *       │ └──(listed again)── doubted ──(silence, farewell, 60 s)──▶ gone
 *       └──(deleted, still heard)──▶
 */
export class Doubts {
  readonly #signs: LifeSigns;
  readonly #doubted = new Map<string, Doubt>();

  constructor(signs: LifeSigns) {
    this.#signs = signs;
  }

  /** In no particular order. */
  get instances(): readonly DirectoryInstance[] {
    return [...this.#doubted.values()].map(({ instance }) => instance);
  }

  /** When `judge` has something to do; undefined where nobody is doubted. */
  get dueAt(): number | undefined {
    let first: number | undefined;
    for (const { dueAt } of this.#doubted.values()) first = Math.min(first ?? dueAt, dueAt);
    return first;
  }

  /** The store tells whom it lists now; `known`: who was gone by before, the doubted among them. */
  compare(known: readonly DirectoryInstance[], listed: readonly DirectoryInstance[], now: number): Verdict {
    const ids = new Set(listed.map(({ id }) => id));
    return this.#weigh(listed, known, (id) => ids.has(id), now);
  }

  /** The store tells of some that they `came`, or came again, and of some that they `left`; `listed`: all that it lists now. */
  follow(
    came: readonly DirectoryInstance[],
    left: readonly DirectoryInstance[],
    listed: readonly DirectoryInstance[],
    now: number,
  ): Verdict {
    // one that left may be listed under another key; so few are asked about that a set would cost more
    return this.#weigh(came, left, (id) => listed.some((each) => each.id === id), now);
  }

  /** Judges those whose time to answer is over. */
  judge(now: number): readonly Ended[] {
    const ended: Ended[] = [];
    for (const doubt of this.#doubted.values()) {
      if (now < doubt.dueAt) continue;
      const why = this.#judge(doubt, now);
      if (why) ended.push(this.#end(doubt, why));
      else this.#ask(doubt, now);
    }
    return ended;
  }

  #weigh(
    came: readonly DirectoryInstance[],
    known: readonly DirectoryInstance[],
    isListed: (id: string) => boolean,
    now: number,
  ): Verdict {
    const ended: Ended[] = [];
    for (const { id } of this.#doubted.size === 0 ? [] : came) {
      const doubt = this.#doubted.get(id);
      if (doubt) ended.push(this.#end(doubt, "listed"));
    }
    const began: DirectoryInstance[] = [];
    for (const instance of known) {
      const { id } = instance;
      if (this.#doubted.has(id) || this.#isBelieved(instance) || isListed(id)) continue;
      began.push(this.#begin(instance, now));
    }
    return { began, ended };
  }

  /** It had said that it leaves, or nobody but the store could speak for it. */
  #isBelieved(instance: DirectoryInstance): boolean {
    return instance.state === "leaving" || this.#signs.silentMs(instance) === undefined;
  }

  #begin(instance: DirectoryInstance, now: number): DirectoryInstance {
    const doubted = Object.freeze({ ...instance, doubted: "unlisted" } as const);
    const doubt: Doubt = { instance: doubted, since: now, dueAt: now };
    this.#doubted.set(instance.id, doubt);
    this.#ask(doubt, now);
    return doubted;
  }

  #judge({ instance, since, dueAt }: Doubt, now: number): Ending | undefined {
    if (now - since >= doubtLimits.mostMs) return "overdue";
    const silentMs = this.#signs.silentMs(instance);
    if (silentMs === undefined) return "silent";
    // a judge who was late himself asks again: what came meanwhile may still be unread
    const wasLate = now - dueAt >= doubtLimits.askEveryMs;
    return silentMs > doubtLimits.freshMs && !wasLate ? "silent" : undefined;
  }

  #ask(doubt: Doubt, now: number): void {
    doubt.dueAt = now + doubtLimits.askEveryMs;
    this.#signs.ask(doubt.instance);
  }

  #end({ instance }: Doubt, why: Ending): Ended {
    this.#doubted.delete(instance.id);
    return { instance, why };
  }
}
