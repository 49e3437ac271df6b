const leastMs = 500;

/** A server that is just starting may take a connection and never answer: this is what that costs at most. */
const mostMs = 4000;

/** What one of several servers gets to accept and to answer in, ms: its share of the session's time-out, within bounds. */
export function connectPatienceMs(sessionTimeoutMs: number, servers: number): number {
  return Math.min(mostMs, Math.max(leastMs, sessionTimeoutMs / servers));
}
