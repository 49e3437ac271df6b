import { type Log, SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred, type Timer } from "@skylark/core/internal";
import type { ZooKeeper, ZooKeeperState } from "@skylark/zookeeper";
import { closedError } from "../../engine/store-client.js";
import type { SessionStatus } from "../../port.js";
import type { Deadline } from "../deadline.js";
import { Certainty, type Instant, instantOf } from "./certainty.js";
import { sessionIdOf } from "./stored-node.js";

export interface ZooKeeperSessionOwner {
  statusChanged(status: SessionStatus): void;
}

type SessionLife =
  /** No client yet; `failure`: why, as far as that is known. */
  | { readonly kind: "opening"; readonly failure: SkylarkError | undefined }
  | { readonly kind: "open"; readonly client: ZooKeeper; readonly signs: Timer | undefined }
  | { readonly kind: "closed" };

/** Signs of life in one TTL: apart by more than the half tick in which a member passes them on. */
const signsInTtl = 4;

/** The sessions of one client, one after the other, as the port shows them. */
export class ZooKeeperSession {
  readonly #owner: ZooKeeperSessionOwner;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #certainty: Certainty;
  readonly #opened: Deferred<void> = deferred();
  #life: SessionLife = { kind: "opening", failure: undefined };
  #status: SessionStatus = { kind: "connecting" };
  #connectingSince: Instant;
  #lastHost = "";

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }, owner: ZooKeeperSessionOwner) {
    this.#owner = owner;
    this.#clock = clock;
    this.#log = log;
    this.#certainty = new Certainty(clock);
    this.#connectingSince = instantOf(clock);
    this.#opened.promise.catch(() => {}); // nobody may be waiting
  }

  get status(): SessionStatus {
    return this.#status;
  }

  get remainingMs(): number {
    return this.#certainty.remainingMs;
  }

  /** Settles with the first session, or with why there will be none. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get failure(): SkylarkError | undefined {
    return this.#life.kind === "opening" ? this.#life.failure : undefined;
  }

  /** The member that this client is connected to, or was last. */
  get host(): string {
    return this.#lastHost;
  }

  /** The client, once there is one. Fails `cancelled` when closed meanwhile, `deadline_exceeded` when late. */
  async client(deadline: Deadline): Promise<ZooKeeper> {
    while (this.#life.kind === "opening") await this.#openedBefore(deadline);
    if (this.#life.kind === "open") return this.#life.client;
    throw closedError();
  }

  /**
   * Opens a client, and makes ready what lies behind it, again and again as long as the failure may pass. Settles `opened`.
   * Never fails itself.
   */
  async connect(
    open: () => Promise<ZooKeeper>,
    mayPass: (error: unknown) => boolean,
    makeReady: (client: ZooKeeper) => Promise<void>,
  ): Promise<void> {
    while (this.#life.kind === "opening") {
      this.#connectingSince = instantOf(this.#clock);
      try {
        await this.#open(await open(), makeReady);
      } catch (error) {
        const failure = SkylarkError.from(error, "unavailable");
        if (this.#life.kind === "opening") this.#life = { kind: "opening", failure };
        if (!mayPass(error)) return this.#opened.reject(failure);
      }
    }
  }

  async #open(client: ZooKeeper, makeReady: (client: ZooKeeper) => Promise<void>): Promise<void> {
    try {
      await makeReady(client);
    } catch (error) {
      await client.close();
      throw error;
    }
    if (this.#life.kind !== "opening") return await client.close(); // nobody waits any more
    this.#life = { kind: "open", client, signs: undefined };
    client.onState((state) => this.#stateChanged(state));
    this.#stateChanged(client.state);
    this.#opened.resolve();
  }

  async close(): Promise<void> {
    const life = this.#life;
    if (life.kind === "closed") return;
    this.#life = { kind: "closed" };
    if (life.kind === "open") life.signs?.cancel();
    this.#certainty.ended();
    this.#opened.reject(new SkylarkError("cancelled", "this client of the store was closed"));
    this.#change({ kind: "closed" });
    if (life.kind === "open") await life.client.close();
  }

  #stateChanged(state: ZooKeeperState): void {
    const life = this.#life;
    if (life.kind !== "open") return;
    switch (state.kind) {
      case "connecting":
        this.#connectingSince = instantOf(this.#clock);
        return;
      case "connected":
        return this.#connected(life, state);
      case "suspended":
        return this.#change({ kind: "suspended", id: sessionIdOf(state.sessionId) });
      case "expired":
        this.#certainty.ended();
        return this.#change({ kind: "expired", id: sessionIdOf(state.sessionId) });
      case "closed":
        this.#log("error", `the client of ZooKeeper gave up: ${state.error?.message ?? "it was closed"}`);
        return void this.close();
    }
  }

  #connected(life: SessionLife & { kind: "open" }, state: ZooKeeperState & { kind: "connected" }): void {
    const { client } = life;
    const { sessionId, timeoutMs, host } = state;
    this.#lastHost = host;
    life.signs?.cancel();
    const isResumed = this.#status.kind === "suspended";
    if (!isResumed) this.#certainty.opened(this.#connectingSince, timeoutMs);
    const giveSign = () => void this.#giveSign(client, sessionId, timeoutMs);
    this.#life = { kind: "open", client, signs: this.#clock.every(timeoutMs / signsInTtl, giveSign) };
    this.#change({ kind: "established", id: sessionIdOf(sessionId), ttlMs: timeoutMs });
    giveSign();
  }

  /** Any request is one; this asks for nothing that costs. Where it is lost, the next follows soon. */
  async #giveSign(client: ZooKeeper, sessionId: bigint, timeoutMs: number): Promise<void> {
    const isCurrent = () => client.state.kind === "connected" && client.state.sessionId === sessionId;
    if (!isCurrent()) return;
    const sentAt = instantOf(this.#clock);
    try {
      await client.exists("/", { timeoutMs });
    } catch {
      return; // what became of the connection is told as a change of state
    }
    if (isCurrent()) this.#certainty.answered(sentAt);
  }

  async #openedBefore(deadline: Deadline): Promise<void> {
    const late = deferred();
    const timer = this.#clock.after(deadline.request().timeoutMs, () => late.resolve(), true);
    try {
      await Promise.race([this.#opened.promise, late.promise]);
    } finally {
      timer.cancel();
    }
    if (this.#life.kind === "opening") deadline.refusePassed(this.#life.failure); // a timer may be early by a little
  }

  #change(status: SessionStatus): void {
    if (this.#status.kind === "closed") return;
    this.#status = status;
    this.#owner.statusChanged(status);
  }
}
