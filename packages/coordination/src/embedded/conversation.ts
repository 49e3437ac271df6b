import { SkylarkError } from "@skylark/core";
import { randomId } from "@skylark/core/internal";
import type { MessageStream } from "@skylark/rpc";
import type { SessionId } from "../port.js";
import { readClientMessage, readRequest } from "../protocol/client-message.js";
import { changesMessages, failedMessage, replyMessages, snapshotMessages } from "../protocol/host-message.js";
import { type ClientMessage, type HostMessage, type KnownSession, protocolLimits } from "../protocol/messages.js";
import type { Command, Outcome } from "../state/command.js";
import type { StoredChange } from "../state/effect.js";
import type { StoredEntry } from "../state/tree.js";
import { Outbox } from "./outbox.js";

/** What a conversation needs of the host, which owns it. */
export interface ConversationHost {
  readonly storeId: string;
  readonly epoch: number;
  readonly hostTag: string;
  now(): number;
  submit(command: Command, settle: (outcome: Outcome) => void): void;
  /** Keeps the session alive. False: there is no such session. */
  touch(session: SessionId): boolean;
  ttlOf(session: SessionId): number;
  under(prefix: string): readonly StoredEntry[];
  /** How many atomic writes `under` shows. */
  readonly commitsApplied: number;
  /** This conversation speaks for the session from now on; one that did before is ended. */
  attach(session: SessionId, conversation: Conversation): void;
  watch(prefix: string, watch: HostWatch): void;
  unwatch(prefix: string, watch: HostWatch): void;
  left(conversation: Conversation): void;
}

type ConversationState =
  /** Nobody has said hello, or the answer to it is not durable yet. */
  | { kind: "greeting" }
  | { kind: "serving"; session: SessionId }
  /** Its session is over; what still arrives under it is refused until the client says hello again. */
  | { kind: "expired"; session: SessionId }
  | { kind: "ended" };

/** Items that may wait for a client that does not read; beyond it, its watches are told the whole truth later. */
const eventsWaitingMax = 64;

/** One client at the host's side: its calls, its watches, its session. */
export class Conversation {
  readonly #host: ConversationHost;
  readonly #stream: MessageStream;
  readonly #outbox: Outbox;
  readonly #watches = new Map<number, HostWatch>();
  #state: ConversationState = { kind: "greeting" };
  #callsInFlight = 0;

  constructor(stream: MessageStream, host: ConversationHost) {
    this.#host = host;
    this.#stream = stream;
    this.#outbox = new Outbox(stream);
    stream.onEnd = () => this.#end();
    stream.onMessage = (message) => this.#received(message);
  }

  get session(): SessionId | undefined {
    return "session" in this.#state ? this.#state.session : undefined;
  }

  /** Its session has come to an end by time. */
  expired(): void {
    if (this.#state.kind !== "serving") return;
    this.#state = { kind: "expired", session: this.#state.session };
    this.#send({ kind: "expired" });
  }

  /** With an error at once; without, behind the answers that are on their way. */
  end(error?: SkylarkError): void {
    if (this.#state.kind === "ended") return;
    if (error) this.#stream.reset(error);
    else this.#stream.close();
    this.#end();
  }

  #received(message: unknown): void {
    if (this.#state.kind === "ended") return;
    try {
      this.#take(readClientMessage(message));
    } catch (error) {
      this.end(SkylarkError.from(error, "internal"));
    }
  }

  #take(message: ReturnType<typeof readClientMessage>): void {
    switch (message.kind) {
      case "hello":
        return this.#greet(message);
      case "keepAlive":
        if (this.#state.kind === "serving" && this.#host.touch(this.#state.session)) {
          this.#send({ kind: "alive", number: message.number });
        }
        return;
      case "call":
        return this.#call(message.call, message.request);
      case "watch":
        return this.#watch(message.watch, message.prefix);
      case "unwatch":
        return this.#unwatch(message.watch);
      case "leave":
        return this.#leave();
    }
  }

  #greet({ session, ttlMs }: ClientMessage & { kind: "hello" }): void {
    if (this.#state.kind === "serving")
      throw new SkylarkError("invalid_argument", "hello twice", { reason: "PROTOCOL" });
    if (session && this.#isOfThisStore(session) && this.#host.touch(session.id)) return this.#welcome(session.id);
    if (session) this.#host.submit({ kind: "endSession", session: session.id }, () => {});
    const id = randomId(24) as SessionId;
    this.#host.submit({ kind: "openSession", session: id, ttlMs, now: this.#host.now() }, (outcome) => {
      if (outcome.kind === "refused") this.end(outcome.error);
      else this.#welcome(id);
    });
  }

  /**
   * A store that was put back to an earlier day has the same id, but its hosts are not those that the client met: they are
   * fewer, or the last of them is another. What the session relies on may be gone with that history.
   */
  #isOfThisStore({ storeId, epoch, hostTag }: KnownSession): boolean {
    const host = this.#host;
    return storeId === host.storeId && (epoch < host.epoch || (epoch === host.epoch && hostTag === host.hostTag));
  }

  #welcome(id: SessionId): void {
    if (this.#state.kind === "ended") return;
    const { storeId, epoch, hostTag } = this.#host;
    this.#state = { kind: "serving", session: id };
    this.#host.attach(id, this);
    this.#send({ kind: "welcome", session: { id, storeId, epoch, hostTag }, ttlMs: this.#host.ttlOf(id) });
  }

  #call(call: number, request: unknown): void {
    const { session } = this;
    if (session === undefined)
      throw new SkylarkError("invalid_argument", "a call before hello", { reason: "PROTOCOL" });
    let command: Command;
    try {
      if (this.#callsInFlight >= protocolLimits.callsInFlightMax) throw tooManyCalls();
      const read = readRequest(request);
      command = read.kind === "write" ? { ...read, session } : read;
    } catch (error) {
      this.#send(failedMessage(call, SkylarkError.from(error, "internal")));
      return;
    }
    this.#callsInFlight++;
    this.#host.submit(command, (outcome) => {
      this.#callsInFlight--;
      if (outcome.kind === "refused") this.#send(failedMessage(call, outcome.error));
      else this.#outbox.push(replyMessages(call, outcome.reply));
    });
  }

  #watch(id: number, prefix: string): void {
    if (this.#watches.size >= protocolLimits.watchesMax || this.#watches.has(id)) {
      const message = `watch ${id}: it exists, or there are more than ${protocolLimits.watchesMax} of one client`;
      throw new SkylarkError("resource_exhausted", message);
    }
    const watch = new HostWatch(id, prefix, this.#outbox, this.#host);
    this.#watches.set(id, watch);
    this.#host.watch(prefix, watch);
  }

  #unwatch(id: number): void {
    const watch = this.#watches.get(id);
    if (!watch) return;
    this.#watches.delete(id);
    this.#host.unwatch(watch.prefix, watch);
  }

  #leave(): void {
    const { session } = this;
    if (session === undefined) return this.#send({ kind: "left" });
    this.#host.submit({ kind: "endSession", session }, () => {
      this.#state = this.#state.kind === "ended" ? this.#state : { kind: "expired", session };
      this.#send({ kind: "left" });
    });
  }

  #send(message: HostMessage): void {
    this.#outbox.push([message]);
  }

  #end(): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "ended" };
    this.#outbox.clear();
    for (const watch of this.#watches.values()) this.#host.unwatch(watch.prefix, watch);
    this.#watches.clear();
    this.#host.left(this);
  }
}

/**
 * One watch of one client. `behind`: a snapshot waits in line, and will hold every change until it is taken; so what
 * happens meanwhile need not be kept. That is how a watch begins, and where one returns that is not read.
 */
export class HostWatch {
  readonly prefix: string;
  readonly #id: number;
  readonly #outbox: Outbox;
  readonly #host: ConversationHost;
  #state: { kind: "behind" } | { kind: "following"; from: number } = { kind: "behind" };

  constructor(id: number, prefix: string, outbox: Outbox, host: ConversationHost) {
    this.#id = id;
    this.prefix = prefix;
    this.#outbox = outbox;
    this.#host = host;
    this.#catchUp();
  }

  /** `number`: of the atomic write; the snapshot may have shown it already. */
  changed(changes: readonly StoredChange[], number: number): void {
    if (this.#state.kind === "behind" || number <= this.#state.from) return;
    if (this.#outbox.waiting >= eventsWaitingMax) this.#catchUp();
    else this.#outbox.push(changesMessages(this.#id, changes));
  }

  #catchUp(): void {
    this.#state = { kind: "behind" };
    this.#outbox.push(this.#snapshot());
  }

  /** Taken when its turn to be sent has come, not before. */
  *#snapshot(): Generator<HostMessage> {
    const entries = this.#host.under(this.prefix);
    this.#state = { kind: "following", from: this.#host.commitsApplied };
    yield* snapshotMessages(this.#id, entries);
  }
}

function tooManyCalls(): SkylarkError {
  const message = `more than ${protocolLimits.callsInFlightMax} calls of this client wait for their answer`;
  return new SkylarkError("resource_exhausted", message, { notExecuted: true });
}
