import { SkylarkError } from "@skylark/core";
import type { Clock, Timer } from "@skylark/core/internal";
import { CoarseTimers } from "./coarse-timers.js";

/** What a member shows of the quorum when it is asked how it is. */
export interface MemberStanding {
  readonly address: string;
  readonly kind: /** Leads or follows; also one that answers and does not tell: nothing is concluded from that. */
    | "serves"
    /** Answers, and knows no leader. */
    | "knows no leader"
    /** Its host says that nobody listens there. */
    | "refuses"
    /** Has not answered: frozen, cut off, or busy. */
    | "silent";
}

export interface QuorumLoss {
  /** Enough members refuse. Where they are silent they may be slow, and are asked once more. */
  readonly certainty: "certain" | "likely";
  readonly needed: number;
  readonly answering: number;
}

/**
 * Judges by what all members say. Undefined: there is a quorum, an election among enough members is under way, or nobody
 * answers and nobody refuses, which may as well be this client's own network.
 */
export function quorumLoss(members: readonly MemberStanding[]): QuorumLoss | undefined {
  const count = (kind: MemberStanding["kind"]) => members.filter((member) => member.kind === kind).length;
  const needed = Math.floor(members.length / 2) + 1;
  const answering = count("knows no leader");
  if (count("serves") > 0 || answering >= needed) return undefined;
  if (answering + count("silent") < needed) return { certainty: "certain", needed, answering };
  return answering > 0 ? { certainty: "likely", needed, answering } : undefined;
}

/** A write that has not been answered for this long makes its client look. */
const lookAfterMs = 1000;
const lookAgainAfterMs = 500;

/** Members get 1 s to take a connection and 1 s to answer; a look that took longer tells of this process, not of them. */
const lookMsMax = 2500;

interface QuorumOptions {
  readonly engine: string;
  /** Asks every member; waits for none that is silent. */
  readonly ask: () => Promise<readonly MemberStanding[]>;
  readonly clock: Clock;
}

interface Seen extends QuorumLoss {
  readonly members: readonly MemberStanding[];
}

/** Ends writes that wait for a quorum which is not there. Writes that wait together look together. */
export class Quorum {
  readonly #options: QuorumOptions;
  readonly #timers: CoarseTimers;
  #underWay: Promise<Seen | undefined> | undefined;

  constructor(options: QuorumOptions) {
    this.#options = options;
    this.#timers = new CoarseTimers(options.clock);
  }

  /** The outcome of a write under way. @param lost is told of `NO_QUORUM`, and fails the write with it */
  async watchOver<Result>(write: Promise<Result>, lost: (error: SkylarkError) => void): Promise<Result> {
    const looks = this.#lookAgainAndAgain(lost);
    try {
      return await write;
    } catch (error) {
      throw await this.#explained(error);
    } finally {
      looks.cancel();
    }
  }

  /** A member that refuses a write for want of a leader knows nothing of the others. */
  async #explained(error: unknown): Promise<unknown> {
    if (!SkylarkError.is(error) || error.reason !== "NO_QUORUM" || error.details !== undefined) return error;
    const seen = await this.#look();
    return seen ? noQuorum(this.#options.engine, seen, error) : error;
  }

  #lookAgainAndAgain(lost: (error: SkylarkError) => void): Timer {
    const { engine } = this.#options;
    let likely = false;
    let timer: Timer | undefined;
    const look = async (): Promise<void> => {
      const seen = await this.#look();
      if (timer === undefined) return; // the write has ended
      if (seen && (likely || seen.certainty === "certain")) return lost(noQuorum(engine, seen));
      likely = seen !== undefined;
      timer = this.#timers.after(lookAgainAfterMs, () => void look());
    };
    timer = this.#timers.after(lookAfterMs, () => void look());
    const cancel = (): void => {
      timer?.cancel();
      timer = undefined;
    };
    return { cancel };
  }

  #look(): Promise<Seen | undefined> {
    this.#underWay ??= this.#lookOnce();
    return this.#underWay;
  }

  async #lookOnce(): Promise<Seen | undefined> {
    const { ask, clock } = this.#options;
    const askedAt = clock.now();
    try {
      const members = await ask();
      const loss = members.length > 1 ? quorumLoss(members) : undefined;
      const isLate = clock.now() - askedAt > lookMsMax;
      return loss && !(isLate && loss.certainty === "likely") ? { ...loss, members } : undefined;
    } catch {
      return undefined; // the client is closed
    } finally {
      this.#underWay = undefined;
    }
  }
}

/** @param cause why the store itself refused the write; nothing was written then */
function noQuorum(engine: string, { members, needed, answering }: Seen, cause?: SkylarkError): SkylarkError {
  const each = members.map(({ address, kind }) => `${address} ${kind === "silent" ? "is silent" : kind}`).join(", ");
  const answer = answering === 1 ? "1 answers" : `${answering === 0 ? "none" : answering} answer`;
  const message =
    `${engine} has lost its quorum: ${needed} of ${members.length} members are needed, ${answer} (${each}). Calls go on; ` +
    (cause?.notExecuted ? "nothing was written" : "the write may still happen: read before writing again");
  return new SkylarkError("unavailable", message, {
    reason: "NO_QUORUM",
    details: { members: members.length, needed, answering },
    notExecuted: cause?.notExecuted,
    cause,
  });
}
