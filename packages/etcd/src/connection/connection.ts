import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransportOptions } from "@connectrpc/connect-node";
import { SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred, type Timer } from "@skylark/core/internal";
import { Auth, Cluster, KV, Lease, Maintenance, Watch } from "../generated/etcd_pb.js";
import type { EtcdTls, SilenceLimits } from "../options.js";
import { Silence } from "./silence.js";

export interface ConnectionOptions {
  readonly tls: EtcdTls | undefined;
  readonly silence: SilenceLimits;
  readonly clock: Clock;
}

/** One try to open a connection. */
export interface DialAttempt {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** etcd's services over one connection. */
export interface Services {
  readonly kv: Client<typeof KV>;
  readonly lease: Client<typeof Lease>;
  readonly watch: Client<typeof Watch>;
  readonly auth: Client<typeof Auth>;
  readonly cluster: Client<typeof Cluster>;
  readonly maintenance: Client<typeof Maintenance>;
}

type ConnectionState =
  /** Until the member's first frame: one that is frozen takes connections and says nothing. */
  | { readonly kind: "greeting"; readonly patience: Timer; readonly reached: boolean }
  | { readonly kind: "live" }
  | { readonly kind: "ended"; readonly why: SkylarkError };

/** Windows for answers: lists are larger than HTTP/2's own 64 KiB. */
const streamWindowBytes = 1024 * 1024;
const connectionWindowBytes = 16 * 1024 * 1024;
/** What Node may buffer for one connection, in MiB, before it refuses streams. */
const sessionMemoryMib = 256;
/** After the member said goodbye, calls under way have this long to be answered. */
const goodbyeMs = 1000;

/** What the gRPC library asks of whoever keeps its connection. */
type SessionOwner = NonNullable<GrpcTransportOptions["sessionManager"]>;

/** One HTTP/2 connection to one member. It lives once; whoever opened it opens the next. */
export class Connection implements SessionOwner {
  readonly endpoint: string;
  readonly authority: string;
  readonly services: Services;
  readonly #session: ClientHttp2Session;
  readonly #clock: Clock;
  readonly #silence: Silence;
  readonly #pingAfterMs: number;
  readonly #opened: Deferred<void> = deferred();
  readonly #ended: Deferred<SkylarkError> = deferred();
  #state: ConnectionState;
  #timer: Timer | undefined;
  #armedUntil = Number.POSITIVE_INFINITY;

  private constructor(endpoint: string, { tls, silence, clock }: ConnectionOptions, withinMs: number) {
    this.endpoint = endpoint;
    this.authority = `${tls ? "https" : "http"}://${endpoint}`;
    this.#clock = clock;
    this.#silence = new Silence(silence, clock.now());
    this.#pingAfterMs = silence.pingAfterMs;
    const patience = clock.after(withinMs, () => this.#notGreeted(tls !== undefined, withinMs), true);
    this.#state = { kind: "greeting", patience, reached: false };
    this.#session = connect(this.authority, sessionOptions(tls));
    this.#session.once("connect", () => this.#reached());
    this.#session.once("remoteSettings", () => this.#greeted());
    this.#session.on("error", (error: NodeJS.ErrnoException) => this.end(lost(endpoint, error)));
    this.#session.once("goaway", (code: number) => this.#saidGoodbye(code));
    this.#session.once("close", () => this.end(lost(endpoint, new Error("it closed the connection"))));
    const transport = createGrpcTransport({ baseUrl: this.authority, sessionManager: this });
    this.services = {
      kv: createClient(KV, transport),
      lease: createClient(Lease, transport),
      watch: createClient(Watch, transport),
      auth: createClient(Auth, transport),
      cluster: createClient(Cluster, transport),
      maintenance: createClient(Maintenance, transport),
    };
  }

  /**
   * Resolves when the member has spoken. Fails `unavailable`, or `unauthenticated` where TLS does not come about; `cancelled`
   * once the signal says that nobody wants it any more.
   */
  static async open(endpoint: string, options: ConnectionOptions, attempt: DialAttempt): Promise<Connection> {
    const { withinMs, signal } = attempt;
    const connection = new Connection(endpoint, options, withinMs);
    const unwanted = (): void => connection.end(SkylarkError.from(signal.reason, "cancelled"));
    if (signal.aborted) unwanted();
    signal.addEventListener("abort", unwanted, { once: true });
    try {
      await connection.#opened.promise;
      return connection;
    } finally {
      signal.removeEventListener("abort", unwanted);
    }
  }

  /** Why it is no more; undefined while it lives. */
  get failure(): SkylarkError | undefined {
    return this.#state.kind === "ended" ? this.#state.why : undefined;
  }

  /** Resolves when it ends, with why. */
  get ended(): Promise<SkylarkError> {
    return this.#ended.promise;
  }

  /** Called by the gRPC library. What fails here was certainly not sent. */
  async request(method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    const stream = this.#newStream({ ...headers, ":method": method, ":path": path });
    this.#silence.callBegan();
    this.#lookSooner(this.#clock.now());
    stream.once("response", () => this.notifyResponseByteRead());
    stream.once("close", () => this.#silence.callEnded());
    return stream;
  }

  notifyResponseByteRead(): void {
    const now = this.#clock.now();
    this.#silence.heardData(now);
    this.#lookSooner(now);
  }

  /** Gives it up; calls under way fail. */
  end(why: SkylarkError): void {
    if (this.#state.kind !== "ended") this.#leave(why);
    // not at once: whoever is here may have been called while Node reads frames, and Node's HTTP/2 does not survive a
    // connection that is torn down under its reader. With an error, else calls under way would hear of nothing
    setImmediate(() => this.#session.destroy(why, constants.NGHTTP2_CANCEL));
  }

  #newStream(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    try {
      if (this.#state.kind === "ended") throw this.#state.why;
      return this.#session.request(headers);
    } catch (cause) {
      const { code, message } = SkylarkError.from(cause, "unavailable");
      throw new SkylarkError(code, message, { reason: "CONNECTION_LOST", notExecuted: true, cause });
    }
  }

  #reached(): void {
    this.#session.setLocalWindowSize(connectionWindowBytes);
    if (this.#state.kind === "greeting") this.#state = { ...this.#state, reached: true };
  }

  /**
   * With TLS 1.3 a server judges the client's certificate when the client is through with the handshake, and Node's HTTP/2
   * loses its refusal. One that is frozen does not come as far.
   */
  #notGreeted(isTls: boolean, withinMs: number): void {
    const isRefused = isTls && this.#state.kind === "greeting" && this.#state.reached;
    this.end(isRefused ? certificateRefused(this.endpoint) : silent(this.endpoint, `within ${withinMs} ms`));
  }

  #greeted(): void {
    if (this.#state.kind !== "greeting") return;
    this.#state.patience.cancel();
    this.#state = { kind: "live" };
    this.#opened.resolve();
  }

  #saidGoodbye(code: number): void {
    const why = code === 0 ? "the member shuts down" : `the member ended the connection with HTTP/2 code ${code}`;
    const gone = lost(this.endpoint, new Error(why));
    this.#leave(gone);
    this.#clock.after(goodbyeMs, () => this.end(gone));
  }

  #leave(why: SkylarkError): void {
    if (this.#state.kind === "ended") return;
    if (this.#state.kind === "greeting") this.#state.patience.cancel();
    this.#state = { kind: "ended", why };
    this.#timer?.cancel();
    this.#opened.reject(why);
    this.#opened.promise.catch(() => {});
    this.#ended.resolve(why);
  }

  /** Where the next look at the silence lies further off than it must now. */
  #lookSooner(now: number): void {
    if (this.#armedUntil > now + this.#pingAfterMs) this.#judge(false);
  }

  /** Asks the silence what to do, does it, and comes back when it said. */
  #judge(wasLate: boolean): void {
    this.#timer?.cancel();
    if (this.#state.kind === "ended") return;
    const now = this.#clock.now();
    const step = this.#silence.step(now, wasLate);
    switch (step.kind) {
      case "lost":
        return this.end(silent(this.endpoint, "any more"));
      case "ping":
        this.#session.ping((error) => {
          if (!error) this.#silence.heardPong(this.#clock.now());
        });
        return this.#judge(false);
      case "wait":
        this.#armedUntil = step.untilMs;
        if (step.untilMs === Number.POSITIVE_INFINITY) return;
        this.#timer = this.#clock.after(step.untilMs - now, () =>
          this.#judge(this.#clock.now() > step.untilMs + lateMs),
        );
    }
  }
}

/** A timer this much behind: this process itself did not run. */
const lateMs = 250;

function sessionOptions(tls: EtcdTls | undefined): SecureClientSessionOptions {
  const settings = { initialWindowSize: streamWindowBytes, enablePush: false };
  const options = { settings, maxSessionMemory: sessionMemoryMib };
  if (!tls) return options;
  const { ca, cert, key, serverName } = tls;
  return { ...options, ca, cert, key, ...(serverName !== undefined && { servername: serverName }) };
}

function silent(endpoint: string, when: string): SkylarkError {
  return new SkylarkError("unavailable", `etcd at ${endpoint} does not answer ${when}`, { reason: "CONNECTION_LOST" });
}

function certificateRefused(endpoint: string): SkylarkError {
  const message = `etcd at ${endpoint} takes TLS and says nothing then, as where it does not accept the client's certificate`;
  return new SkylarkError("unauthenticated", `${message}. Check cert and key`);
}

/** OpenSSL's and Node's names for certificates that are not believed, by either side. */
const certificateProblem = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL.*ALERT/;

function lost(endpoint: string, error: NodeJS.ErrnoException): SkylarkError {
  const text =
    error.code !== undefined && !error.message.includes(error.code) ? `${error.code} ${error.message}` : error.message;
  if (certificateProblem.test(error.code ?? "")) {
    const message = `no TLS with etcd at ${endpoint}: ${text}. Check the authority and the certificates on both sides`;
    return new SkylarkError("unauthenticated", message, { cause: error });
  }
  const details = { endpoint, ...(error.code !== undefined && { code: error.code }) };
  return new SkylarkError("unavailable", `no connection with etcd at ${endpoint}: ${text}`, {
    reason: "CONNECTION_LOST",
    details,
    cause: error,
  });
}
