const leastMs = 500;

/** A server that is just starting may take a connection and never answer: this is what that costs at first. */
const mostMs = 4000;

/** What a server that is slow for want of a processor gets in the end. */
const slowMs = 8000;

/**
 * What one of several servers gets to accept and to answer in, ms: its share of the session's time-out, within bounds, so that
 * a frozen one does not cost the session; twice as long after each round in which all were silent.
 */
export function connectPatienceMs(sessionTimeoutMs: number, servers: number, silentRounds: number): number {
  const firstMs = Math.min(mostMs, Math.max(leastMs, sessionTimeoutMs / servers));
  return Math.min(slowMs, firstMs * 2 ** Math.min(silentRounds, 8));
}
