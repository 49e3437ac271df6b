/** Silence after which the server is asked, as a share of the granted time-out. */
const askShare = 1 / 3;

/** Silence that ends a connection: under two thirds by so much that a timer a little late is still in time. */
const silenceShare = 5 / 8;

/** A look later than planned by this share: the silence may be this side's own deafness (a stopped process, a busy loop). */
const lateShare = 1 / 8;

/** What the server gets to answer in after such a look. */
const graceShare = 1 / 4;

export type Verdict =
  /** Look again at `until`. */
  | { readonly kind: "well"; readonly until: number }
  /** Send a ping, then look again at `until`. */
  | { readonly kind: "ask"; readonly until: number }
  /** The server is gone, whatever TCP says. */
  | { readonly kind: "silent" };

/**
 * Judges by what was sent and heard on one connection whether the other side still lives: a frozen server, a pulled
 * cable. Instants are those of one monotonic clock, passed in.
 */
export class Liveness {
  readonly #timeoutMs: number;
  #heardAt: number;
  #provenAt: number;
  #askedAt: number;
  #lookAt: number;
  #graceUntil = 0;

  /** @param askedAt when the connect request was sent, which has just been answered */
  constructor(timeoutMs: number, askedAt: number, now: number) {
    this.#timeoutMs = timeoutMs;
    this.#heardAt = now;
    this.#provenAt = askedAt;
    this.#askedAt = askedAt;
    this.#lookAt = now;
  }

  /** When the newest answered request was sent: the session lives at least a full time-out from then on. */
  get provenAt(): number {
    return this.#provenAt;
  }

  /** Anything came. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Anything was sent that will be answered. */
  asked(now: number): void {
    this.#askedAt = now;
  }

  /** The answer came to what was sent at `sentAt`. */
  answered(sentAt: number): void {
    this.#provenAt = Math.max(this.#provenAt, sentAt);
  }

  judge(now: number): Verdict {
    const wasLate = now - this.#lookAt > this.#timeoutMs * lateShare;
    const silentAt = Math.max(this.#heardAt + this.#timeoutMs * silenceShare, this.#graceUntil);
    if (now >= silentAt && !wasLate) return { kind: "silent" };
    if (now >= silentAt) {
      this.#graceUntil = now + this.#timeoutMs * graceShare;
      return this.#look("ask", this.#graceUntil);
    }
    const askAt = this.#askedAt + this.#timeoutMs * askShare;
    if (now < askAt) return this.#look("well", Math.min(askAt, silentAt));
    return this.#look("ask", Math.min(now + this.#timeoutMs * askShare, silentAt));
  }

  #look(kind: "well" | "ask", until: number): Verdict {
    this.#lookAt = until;
    return { kind, until };
  }
}
