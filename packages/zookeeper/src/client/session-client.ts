import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import { Chroot } from "../chroot.js";
import type { ConnectString } from "../connect-string.js";
import type { Connection } from "../connection/connection.js";
import { PendingRequest } from "../requests/pending-request.js";
import { RequestDesk } from "../requests/request-desk.js";
import { Session, type SessionOwner } from "../session/session.js";
import type { SessionState } from "../session/session-state.js";
import { Watches } from "../watches/watches.js";
import { JuteWriter } from "../wire/jute-writer.js";
import { type Operation, writePacket } from "../wire/operation.js";
import type { WatchEvent } from "../wire/watch-event.js";
import { sessionExpired } from "../zookeeper-error.js";
import { stateOf, type ZooKeeperState } from "./client-state.js";
import { acceptedWithin, Credentials } from "./credentials.js";
import { type Auth, positive, type ResolvedOptions } from "./options.js";

export interface RequestOptions {
  /** Gives up waiting. What was sent may still happen. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the client's `requestTimeoutMs`. `deadline_exceeded` after it. */
  readonly timeoutMs?: number | undefined;
}

/** What a request is about, beside its bytes. */
export interface CallSubject {
  readonly path?: string | undefined;
  /** Called as the answer comes, before anything that came after it, if somebody still waits for it. 0: it succeeded. */
  readonly answered?: ((error: number) => void) | undefined;
  /** The server's path at which it may set a watch. */
  readonly arms?: string | undefined;
}

/**
 * A session with what lives on it: requests, watches, credentials. The order on a new connection is decided here:
 * credentials, then watches, then what waited.
 */
export class SessionClient implements SessionOwner {
  readonly watches: Watches;
  readonly chroot: Chroot;
  readonly #options: ResolvedOptions;
  readonly #session: Session;
  readonly #desk: RequestDesk;
  readonly #credentials: Credentials;
  readonly #listeners = new Set<(state: ZooKeeperState) => void>();
  readonly #opened: Deferred<void> = deferred();
  #writer = new JuteWriter();
  #state: ZooKeeperState = { kind: "connecting" };
  #closing: Promise<void> | undefined;

  constructor({ hosts, chroot }: ConnectString, options: ResolvedOptions) {
    this.#options = options;
    this.chroot = new Chroot(chroot);
    this.watches = new Watches((path) => this.chroot.toUser(path));
    this.#desk = new RequestDesk(options, options.clock);
    this.#credentials = new Credentials((error) => void this.#end(error));
    for (const auth of options.auth) this.#credentials.add(auth);
    this.#opened.promise.catch(() => {}); // a client may be closed before anybody asks
    this.#session = new Session({ ...options, hosts, timeoutMs: options.sessionTimeoutMs }, this);
    this.#session.start();
  }

  get state(): ZooKeeperState {
    return this.#state;
  }

  onState(listener: (state: ZooKeeperState) => void): () => void {
    const own = (state: ZooKeeperState): void => listener(state);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Resolves with the first session, and credentials accepted; else fails, and closes the client. */
  async opened(): Promise<void> {
    const { clock, openTimeoutMs } = this.#options;
    const late = clock.after(
      openTimeoutMs,
      () => {
        const why = this.#session.failures || "no server has answered yet";
        void this.#end(
          new SkylarkError("unavailable", `no session within ${openTimeoutMs} ms: ${why}`, {
            reason: "CONNECTION_LOST",
          }),
        );
      },
      true,
    );
    try {
      await this.#opened.promise;
      await this.#credentials.accepted();
    } finally {
      late.cancel();
    }
  }

  /** Sends a request, now or as soon as there is a connection, and answers with its reply. Throws where it is not taken. */
  call<Request, Reply>(
    operation: Operation<Request, Reply>,
    request: Request,
    subject: CallSubject,
    { signal, timeoutMs = this.#options.requestTimeoutMs }: RequestOptions,
  ): Promise<Reply> {
    const what = subject.path === undefined ? operation.name : `${operation.name} ${subject.path}`;
    this.#refuseUnlessAlive(what);
    positive("timeoutMs", timeoutMs);
    const packet = this.#packetOf(operation, request, what);
    this.#desk.refuseTooMany(what, packet.length);
    const { path, answered, arms } = subject;
    const ended = arms === undefined ? undefined : this.watches.arming(arms);
    const pending = new PendingRequest({ operation, path, answered, ended }, packet, timeoutMs);
    this.#desk.submit(pending, timeoutMs, signal);
    const connection = this.#session.connection;
    if (connection !== undefined) this.#desk.flush(connection);
    return pending.outcome;
  }

  async addAuth(auth: Auth): Promise<void> {
    this.#refuseUnlessAlive(`auth ${auth.scheme}`);
    const credential = this.#credentials.add(auth);
    const connection = this.#session.connection;
    if (connection !== undefined) this.#credentials.presentOne(credential, connection);
    await acceptedWithin(credential, this.#options.requestTimeoutMs, this.#options.clock);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end(undefined);
    return this.#closing;
  }

  stateChanged(state: SessionState): void {
    this.#state = stateOf(state);
    if (state.kind === "connected") this.#opened.resolve();
    if (state.kind === "expired") this.#expired();
    for (const listener of [...this.#listeners]) tell(listener, this.#state);
  }

  established(connection: Connection): void {
    this.#credentials.present(connection);
    this.watches.rearm(connection, this.#session.lastZxidSeen);
    this.#desk.flush(connection);
  }

  writable(connection: Connection): void {
    this.#desk.flush(connection);
  }

  refused(error: SkylarkError): void {
    void this.#end(error);
  }

  fired(event: WatchEvent): void {
    this.watches.fired(event);
  }

  #expired(): void {
    this.#desk.failWaiting((what) => sessionExpired(`${what}: not sent`, true));
    const error = sessionExpired("watch", false);
    if (this.#options.onExpiry === "reopen") return this.watches.endOneShots(error);
    this.watches.endAll(error);
    this.#opened.reject(error);
  }

  /** Ends the client: by its user, or for a reason that no further attempt would change. */
  async #end(error: SkylarkError | undefined): Promise<void> {
    if (this.#state.kind === "closed") return;
    const cause = error ?? new SkylarkError("cancelled", "the client was closed");
    const left = this.#session.close(error);
    this.#desk.failWaiting(
      (what) => new SkylarkError(cause.code, `${what}: not sent: ${cause.message}`, { notExecuted: true, cause }),
    );
    this.#credentials.end(cause);
    this.#opened.reject(cause);
    if (error === undefined) this.watches.clear();
    else this.watches.endAll(error);
    await left;
  }

  #refuseUnlessAlive(what: string): void {
    const { kind } = this.#state;
    if (kind === "closed") {
      const why = this.#state.error === undefined ? "" : `: ${this.#state.error.message}`;
      throw new SkylarkError("failed_precondition", `${what}: the client is closed${why}`, { notExecuted: true });
    }
    if (kind === "expired") throw sessionExpired(what, true);
  }

  #packetOf<Request>(operation: Operation<Request, unknown>, request: Request, what: string): Buffer {
    const writer = this.#writer;
    writePacket(writer, 0, operation, request);
    const { requestBytesMax } = this.#options;
    const bytes = writer.length - 4;
    if (bytes <= requestBytesMax) return writer.take();
    this.#writer = new JuteWriter(); // the large one goes
    const message = `${what}: a request of ${bytes} bytes; servers take ${requestBytesMax} (jute.maxbuffer)`;
    throw new SkylarkError("invalid_argument", message, { reason: "MESSAGE_TOO_LARGE", notExecuted: true });
  }
}

/** A listener that throws is its author's error, and no reason to stop here. */
function tell(listener: (state: ZooKeeperState) => void, state: ZooKeeperState): void {
  try {
    listener(state);
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown;
    });
  }
}
