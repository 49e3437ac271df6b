import { hostname } from "node:os";
import { SkylarkError } from "@skylark/core";
import { pause } from "@skylark/core/internal";
import type { Coordination, Json } from "../port.js";
import { isOver } from "./attempts.js";
import { HeldLock } from "./held-lock.js";
import { type RecipeParts, type Surroundings, surroundingsOf } from "./surroundings.js";
import type { Ticket } from "./ticket.js";
import { TicketQueue } from "./ticket-queue.js";

export interface LockOptions {
  /** Gives up waiting: fails with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, at most. Default: 30 000 ms. 0: only if it is free. Infinity: until the signal says otherwise. */
  readonly waitMs?: number | undefined;
  /** What others see of the one who holds or waits. Default: the machine's name and the process's id. */
  readonly holder?: Json | undefined;
}

const recipeLimits = {
  /** Who may wait for one lock at once: each of them reads the whole queue whenever the one before it goes. */
  waitingMax: 1024,
} as const;

/** How long the store may take where nobody waits for the lock. */
const answerMs = 5000;

/** How often to look whether a session that is in doubt is certain again. */
const certaintyPauseMs = 25;

/**
 * Takes the lock at `key`, behind all who asked before: first come, first served. The caller releases it.
 *
 * `key` becomes a lasting entry that counts tokens, with an ephemeral one below it for each who holds or waits; nothing else may
 * stand there. Tokens grow for as long as that entry lives: a store that was wiped begins at 1 again, and a resource that has
 * seen more refuses everybody until the counter is set above that (COORD-RECIPE-9: `sky coordination set`).
 *
 * Fails `deadline_exceeded` where it was not free in time, `resource_exhausted` behind 1024 others, with the reason of the
 * signal, `failed_precondition` where the key is in other use or the client closed.
 *
 * @example
 * await using held = await lock(coordination, "/apps/reports/nightly", { waitMs: 5000 });
 * await writeReport({ token: held.token, signal: held.lost });
 */
export async function lock(
  coordination: Coordination,
  key: string,
  options: LockOptions & RecipeParts = {},
): Promise<HeldLock> {
  const surroundings = surroundingsOf(options);
  const { waitMs = 30_000, holder = { host: hostname(), pid: process.pid } } = options;
  const queue = new TicketQueue(coordination, key, surroundings);
  const late = new AbortController();
  const signal = options.signal ? AbortSignal.any([late.signal, options.signal]) : late.signal;
  const expire = (): void => late.abort(busy(queue, waitMs));
  const patience = Number.isFinite(waitMs) ? surroundings.clock.after(waitMs || answerMs, expire, true) : undefined;
  try {
    await checkQueue(queue, waitMs, signal);
    return await hold({ coordination, queue, holder, surroundings, waitMs, signal });
  } finally {
    patience?.cancel();
  }
}

interface Claim {
  readonly coordination: Coordination;
  readonly queue: TicketQueue;
  readonly holder: Json;
  readonly surroundings: Surroundings;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** Takes a ticket and waits for its turn; again with another where the session was lost meanwhile. */
async function hold(claim: Claim): Promise<HeldLock> {
  const { queue, holder, waitMs, signal } = claim;
  for (;;) {
    const ticket = await queue.take(holder, signal);
    try {
      if (waitMs === 0 && !(await queue.isFirst(ticket, signal))) throw busy(queue, waitMs);
      const held = (await queue.awaitTurn(ticket, signal)) ? await certain(claim, ticket) : undefined;
      if (held) return held;
    } catch (thrown) {
      void queue.remove(ticket).catch(() => {}); // final: the client was closed, and its tickets went with it
      throw thrown;
    }
  }
}

/** Holding begins when the session is certain to live; undefined where it is over instead. */
async function certain(claim: Claim, ticket: Ticket): Promise<HeldLock | undefined> {
  const { coordination, queue, surroundings, signal } = claim;
  while (!isOver(coordination, ticket.owner)) {
    const held = HeldLock.of(coordination, queue, ticket, surroundings);
    if (held) return held;
    await pause(surroundings.clock, certaintyPauseMs, signal);
    signal.throwIfAborted();
  }
  return undefined;
}

async function checkQueue(queue: TicketQueue, waitMs: number, signal: AbortSignal): Promise<void> {
  const waiting = (await queue.tickets(signal)).length;
  if (waiting > 0 && waitMs === 0) throw busy(queue, waitMs);
  if (waiting < recipeLimits.waitingMax) return;
  const message = `${waiting} hold or wait for ${queue.key}; at most ${recipeLimits.waitingMax} may`;
  throw new SkylarkError("resource_exhausted", message, { notExecuted: true });
}

function busy({ key, first }: TicketQueue, waitMs: number): SkylarkError {
  const who = first ? `held by ${JSON.stringify(first.holder)} with token ${first.token}` : "not to be had";
  return new SkylarkError("deadline_exceeded", `${key} is ${who}, after ${waitMs} ms`, { notExecuted: true });
}
