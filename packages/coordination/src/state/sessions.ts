import type { SessionId } from "../port.js";

export interface StoredSession {
  readonly id: SessionId;
  readonly ttlMs: number;
}

interface Kept extends StoredSession {
  /** An instant of the host's clock. Not stored: who takes over grants the full TTL anew. */
  expiresAt: number;
  readonly owned: Set<string>;
}

/** A pause of the judge longer than this part of a session's TTL may have swallowed that session's keep-alives. */
const stallShare = 1 / 4;

/**
 * Who is alive, and what they own (COORD-SESSION-1). The judge counts its own lateness: when more than a quarter of a TTL passed between two
 * ticks (a frozen process, a busy machine, a sleeping laptop), keep-alives may lie unread, and nobody expires before one
 * full TTL from then.
 */
export class Sessions {
  readonly #sessions = new Map<SessionId, Kept>();
  #tickedAt: number;

  constructor(now: number) {
    this.#tickedAt = now;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: SessionId): StoredSession | undefined {
    const session = this.#sessions.get(id);
    return session && { id, ttlMs: session.ttlMs };
  }

  all(): StoredSession[] {
    return [...this.#sessions.values()].map(({ id, ttlMs }) => ({ id, ttlMs }));
  }

  open({ id, ttlMs }: StoredSession): void {
    this.#sessions.set(id, { id, ttlMs, expiresAt: this.#tickedAt + ttlMs, owned: new Set() });
  }

  end(id: SessionId): StoredSession | undefined {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    return session && { id, ttlMs: session.ttlMs };
  }

  /** It gave a sign of life. False: there is no such session any more. */
  touch(id: SessionId, now: number): boolean {
    const session = this.#sessions.get(id);
    if (session) session.expiresAt = Math.max(session.expiresAt, now + session.ttlMs);
    return session !== undefined;
  }

  /** Everybody gets the full TTL from now. */
  grantAll(now: number): void {
    this.#tickedAt = now;
    for (const session of this.#sessions.values()) session.expiresAt = now + session.ttlMs;
  }

  /** Who has run out of time. `sleptMs`: how far the wall clock ran ahead of the monotonic one since the last tick. */
  tick(now: number, sleptMs = 0): SessionId[] {
    const pauseMs = now - this.#tickedAt + Math.max(0, sleptMs);
    this.#tickedAt = now;
    const overdue: SessionId[] = [];
    for (const session of this.#sessions.values()) {
      if (pauseMs > session.ttlMs * stallShare) session.expiresAt = Math.max(session.expiresAt, now + session.ttlMs);
      else if (session.expiresAt <= now) overdue.push(session.id);
    }
    return overdue;
  }

  owned(id: SessionId): string[] {
    return [...(this.#sessions.get(id)?.owned ?? [])].toSorted();
  }

  own(id: SessionId, key: string): void {
    this.#sessions.get(id)?.owned.add(key);
  }

  disown(id: SessionId, key: string): void {
    this.#sessions.get(id)?.owned.delete(key);
  }
}
