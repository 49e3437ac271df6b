import { SkylarkError } from "@skylark/core";
import type { Coordination, Json, ReadOptions, Watch } from "../port.js";
import type { HeldLock } from "./held-lock.js";
import { lock } from "./lock.js";
import type { RecipeParts } from "./surroundings.js";
import { type Ticket, ticketOf, ticketsOf } from "./ticket.js";

export interface ElectOptions {
  /** What others see of this candidate, waiting or elected: an address, a name. */
  readonly candidate: Json;
  /** Withdraws the candidate, elected or not. Without it, it stands until it is elected and has led to the end. */
  readonly signal?: AbortSignal | undefined;
}

/** What the one who is elected has. */
export interface Leadership {
  /** Larger than that of any leader before. What it tells others carries it, so that they can ignore one who was deposed. */
  readonly epoch: number;
  /**
   * Aborts when leading is over: lost, before anybody else can be elected, or withdrawn by the candidate's own signal.
   * Leading stops then.
   */
  readonly ended: AbortSignal;
  /** Throws where leading is over, by this process's own clock, whether or not anything was told yet. */
  assertLeading(): void;
}

/** Who is elected now, as others see it. */
export interface Leader {
  readonly epoch: number;
  readonly candidate: Json;
}

/**
 * Stands for election at `key`. Of all who stand there one is elected: `lead` is called, and leads until it returns or
 * `ended` aborts. Where leading was lost (the session expired, or was in doubt for too long), it stands again at the end of
 * the queue, until it has led to the end or `signal` withdraws it; then this resolves, and the next one has been let in.
 *
 * Fails with what `lead` throws while it leads (it resigns then), `failed_precondition` where the key is in other use or the
 * client closed. What `lead` throws because `ended` aborted is how it stops, and no failure.
 *
 * An election is a lock at `key` whose tokens are the epochs: what holds for `lock` holds here.
 *
 * @example
 * await elect(coordination, "/apps/reports/leader", { candidate: { host }, signal }, async ({ epoch, ended }) => {
 *   for await (const report of due(ended)) await publish(report, { epoch });
 * });
 */
export async function elect(
  coordination: Coordination,
  key: string,
  options: ElectOptions & RecipeParts,
  lead: (leadership: Leadership) => Promise<void>,
): Promise<void> {
  const { candidate, signal, clock, random } = options;
  for (;;) {
    let held: HeldLock;
    try {
      held = await lock(coordination, key, {
        holder: candidate,
        signal,
        waitMs: Number.POSITIVE_INFINITY,
        clock,
        random,
      });
    } catch (thrown) {
      if (signal?.aborted) return;
      throw thrown;
    }
    await using holding = held;
    if ((await term(holding, signal, lead)) === "over") return;
  }
}

/** One time of leading. `lost`: it was taken away before it was done. */
async function term(
  held: HeldLock,
  signal: AbortSignal | undefined,
  lead: (leadership: Leadership) => Promise<void>,
): Promise<"over" | "lost"> {
  const ended = signal ? AbortSignal.any([held.lost, signal]) : held.lost;
  const assertLeading = (): void => {
    signal?.throwIfAborted();
    held.assertHeld();
  };
  try {
    await lead({ epoch: held.token, ended, assertLeading });
  } catch (thrown) {
    if (!ended.aborted || !isStopping(thrown, ended)) throw thrown;
  }
  return held.lost.aborted && !signal?.aborted ? "lost" : "over";
}

function isStopping(thrown: unknown, { reason }: AbortSignal): boolean {
  if (thrown === reason) return true;
  const error = SkylarkError.from(thrown);
  return error.code === "cancelled" || error.cause === reason;
}

/** Who is elected at `key` now; undefined: nobody. By the time it is read, another may be. */
export async function leaderOf(
  coordination: Coordination,
  key: string,
  options: ReadOptions = {},
): Promise<Leader | undefined> {
  return leaderIn(ticketsOf(await coordination.list(key, options)));
}

/** Tells who is elected at `key`, at once and whenever that changes. The caller closes the watch. */
export function watchLeader(
  coordination: Coordination,
  key: string,
  listener: (leader: Leader | undefined) => void,
): Watch {
  const tickets = new Map<string, Ticket>();
  let told: number | undefined;
  return coordination.watch(key, (event) => {
    const isFirst = event.kind === "snapshot" && !event.resync;
    if (event.kind === "snapshot") {
      tickets.clear();
      for (const ticket of ticketsOf(event.entries)) tickets.set(ticket.key, ticket);
    } else {
      for (const change of event.changes) {
        const ticket = change.kind === "put" ? ticketOf(change.entry) : undefined;
        if (ticket) tickets.set(ticket.key, ticket);
        else if (change.kind === "deleted") tickets.delete(change.key);
      }
    }
    const leader = leaderIn([...tickets.values()].toSorted((one, other) => one.token - other.token));
    if (!isFirst && leader?.epoch === told) return;
    told = leader?.epoch;
    listener(leader);
  });
}

function leaderIn([first]: readonly Ticket[]): Leader | undefined {
  return first && { epoch: first.token, candidate: first.holder };
}
