import type { SkylarkError } from "@skylark/core";
import { randomId, whenAborted } from "@skylark/core/internal";
import type { Coordination, Json, SessionId } from "../port.js";
import { attempt, isOver } from "./attempts.js";
import type { Surroundings } from "./surroundings.js";
import { counterOf, counterValue, type Ticket, ticketKey, ticketOf, ticketsOf, ticketValue } from "./ticket.js";

/**
 * Who waits for what stands at `key`, in the order of their tokens. The counter at `key` is a lasting entry; a ticket below
 * it is ephemeral, and made by the same atomic write that raises the counter, on the counter's revision. So tokens only
 * grow, no lower ticket ever appears behind a higher one, and the lowest one holds (COORD-RECIPE-3, COORD-RECIPE-4). Whoever
 * waits watches only the ticket before its own (COORD-RECIPE-5).
 */
export class TicketQueue {
  readonly key: string;
  readonly #coordination: Coordination;
  readonly #surroundings: Surroundings;
  #first: Ticket | undefined;

  constructor(coordination: Coordination, key: string, surroundings: Surroundings) {
    this.#coordination = coordination;
    this.key = key;
    this.#surroundings = surroundings;
  }

  /** Who held when it was last looked at. */
  get first(): Ticket | undefined {
    return this.#first;
  }

  async tickets(signal: AbortSignal): Promise<Ticket[]> {
    const tickets = ticketsOf(await this.#coordination.list(this.key, { fresh: true, signal }));
    this.#first = tickets[0];
    return tickets;
  }

  async isFirst({ nonce }: Ticket, signal: AbortSignal): Promise<boolean> {
    const [first] = await this.tickets(signal);
    return first?.nonce === nonce;
  }

  /** A ticket at the end. Fails with the signal's reason, or as the store does where trying again is of no use. */
  async take(holder: Json, signal: AbortSignal): Promise<Ticket> {
    const nonce = randomId(16);
    const session = this.#sessionId();
    const tried: number[] = [];
    try {
      return await attempt(
        async (before) => {
          const counter = await this.#coordination.get(this.key, { fresh: true, signal });
          if (before === "unknown") {
            // its counter was read first: if the lost write comes now, the one below does not fit any more
            const mine = await this.#find(nonce, signal);
            if (mine) return mine;
          }
          const token = counterOf(this.key, counter) + 1;
          const value = ticketValue({ token, nonce, holder });
          tried.push(token);
          const [, entry] = await this.#coordination.multi(
            [this.#raised(counter, token), { kind: "create", key: ticketKey(this.key, token), value, ephemeral: true }],
            { signal },
          );
          return entry && ticketOf(entry);
        },
        this.#surroundings,
        signal,
      );
    } catch (thrown) {
      if (tried.length > 0) void this.#forget(nonce, session);
      throw thrown;
    }
  }

  /** Resolves when all tickets before this one are gone; false where this one is gone itself. */
  async awaitTurn({ token, nonce, owner }: Ticket, signal: AbortSignal): Promise<boolean> {
    return attempt(
      async () => {
        for (;;) {
          const tickets = await this.tickets(signal);
          const place = tickets.findIndex((each) => each.token === token && each.nonce === nonce);
          if (place <= 0) return place === 0;
          const before = tickets[place - 1];
          if (before) await this.#gone(before.key, owner, signal);
        }
      },
      this.#surroundings,
      signal,
    );
  }

  /**
   * Takes a ticket back. Resolves when the store has confirmed that it is gone, or the session that owned it is over.
   * Another's ticket at the same key, as after a store was wiped, stays (COORD-RECIPE-6).
   */
  async remove(ticket: Ticket): Promise<void> {
    let { revision } = ticket;
    await attempt(
      async () => {
        if (isOver(this.#coordination, ticket.owner)) return "gone";
        try {
          await this.#coordination.delete(ticket.key, { revision });
          return "gone";
        } catch (thrown) {
          if ((thrown as SkylarkError).code !== "aborted") throw thrown;
        }
        const found = await this.#coordination.get(ticket.key, { fresh: true });
        if (!found || ticketOf(found)?.nonce !== ticket.nonce) return "gone";
        revision = found.revision; // somebody has written it over
        return undefined;
      },
      this.#surroundings,
      new AbortController().signal,
    );
  }

  #sessionId(): SessionId | undefined {
    const { session } = this.#coordination;
    return "id" in session ? session.id : undefined;
  }

  #raised(counter: { readonly revision: Ticket["revision"] } | undefined, token: number) {
    const value = counterValue(token);
    if (!counter) return { kind: "create", key: this.key, value } as const;
    return { kind: "put", key: this.key, value, revision: counter.revision } as const;
  }

  async #find(nonce: string, signal: AbortSignal): Promise<Ticket | undefined> {
    return (await this.tickets(signal)).find((each) => each.nonce === nonce);
  }

  /** Resolves when there is nothing at `key` any more, or when one's own session is over. */
  async #gone(key: string, owner: SessionId | undefined, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const end = (): void => ended.abort();
    const watch = this.#coordination.watch(key, (event) => {
      if (
        event.kind === "snapshot" ? event.entries.length === 0 : event.changes.some((each) => each.kind === "deleted")
      )
        end();
    });
    const stop = this.#coordination.onSession(() => {
      if (isOver(this.#coordination, owner)) end();
    });
    try {
      await whenAborted(AbortSignal.any([ended.signal, signal]));
      if (!ended.signal.aborted) signal.throwIfAborted();
    } finally {
      watch.close();
      stop();
    }
  }

  /**
   * Whoever gave up does not know whether a ticket of theirs stands there, or comes yet: takes it away, or moves the counter's
   * revision on so that it cannot come (COORD-RECIPE-7). Goes on unattended until the store has answered, the session or the client ends.
   */
  async #forget(nonce: string, session: SessionId | undefined): Promise<void> {
    const forever = new AbortController().signal;
    try {
      await attempt(
        async () => {
          if (isOver(this.#coordination, session)) return "forgotten";
          const counter = await this.#coordination.get(this.key, { fresh: true });
          const mine = await this.#find(nonce, forever);
          if (mine) await this.remove(mine);
          else await this.#coordination.multi([this.#raised(counter, counterOf(this.key, counter))]);
          return "forgotten";
        },
        this.#surroundings,
        forever,
      );
    } catch {
      // final: the client was closed, and what its session owned went with it
    }
  }
}
