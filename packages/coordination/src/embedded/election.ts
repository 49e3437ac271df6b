import { readdirSync, statSync } from "node:fs";
import { type Log, SkylarkError } from "@skylark/core";
import { type Clock, deferred } from "@skylark/core/internal";
import type { HostLink, Reach } from "../client/host-link.js";
import { type Home, type HomeSurroundings, prepareHome, systemSurroundings } from "./home.js";
import { hostTiming } from "./host.js";
import { isLockCurrent, Lock } from "./lock.js";
import type { RunningHost, StartHost } from "./running-host.js";

export interface ElectionOptions {
  readonly home: Home;
  readonly dial: (signal: AbortSignal) => Promise<HostLink>;
  readonly startHost: StartHost;
  readonly clock: Clock;
  readonly log: Log;
  readonly surroundings?: HomeSurroundings;
}

type ElectionState = { kind: "joining" } | { kind: "hosting"; host: RunningHost } | { kind: "closed" };

/** A lock file younger than this beside an old journal was made anew: a former host has this long to notice. */
const formerHostMs = 2 * hostTiming.lockCheckMs;

/**
 * The way to the store of this machine. Whoever finds nobody at the socket tries the kernel's lock; who gets it hosts,
 * the others dial again. A frozen host keeps its lock, so nobody takes over from one that may wake.
 */
export class Election implements Reach {
  readonly #options: ElectionOptions;
  #state: ElectionState = { kind: "joining" };
  #takingOver: Promise<void> = Promise.resolve();

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  async connect(signal: AbortSignal): Promise<HostLink> {
    try {
      return await this.#options.dial(signal);
    } catch (error) {
      if (signal.aborted || this.#state.kind !== "joining") throw error;
      this.#takingOver = this.#takeOver(error);
      await this.#takingOver;
      return await this.#options.dial(signal);
    }
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "closed" };
    if (state.kind === "hosting") await state.host.close();
    await this.#takingOver.catch(() => {}); // told to whoever asked for the connection
  }

  /** Hosts, or fails with what the others should know. */
  async #takeOver(unreached: unknown): Promise<void> {
    const { home, startHost, log } = this.#options;
    const lock = this.#tryLock();
    if (!lock) throw notAnswering(home, unreached);
    try {
      await this.#awaitFormerHost(lock);
      if (this.#state.kind === "closed") throw closed();
      const host = await startHost(home, lock.fd);
      void host.ended.then((error) => {
        lock.release();
        if (error) log("warn", `this process no longer hosts the store: ${error.message}`);
        if (this.#state.kind === "hosting") this.#state = { kind: "joining" };
      });
      if ((this.#state as ElectionState).kind === "closed") {
        await host.close();
        throw closed();
      }
      this.#state = { kind: "hosting", host };
      log("info", `this process hosts the embedded store in ${home.path}`);
    } catch (error) {
      if (this.#state.kind !== "hosting") lock.release();
      throw error;
    }
  }

  /** Undefined: another holds it. */
  #tryLock(): Lock | undefined {
    const { home, surroundings = systemSurroundings } = this.#options;
    prepareHome(home, surroundings);
    try {
      const lock = Lock.tryAcquire(home.lock);
      if (!lock || isLockCurrent(lock.fd, home.lock)) return lock;
      lock.release();
    } catch (cause) {
      throw new SkylarkError("unavailable", `${home.lock} cannot be locked: ${String(cause)}`, { cause });
    }
    throw new SkylarkError("unavailable", `${home.folder} was removed while its lock was taken`);
  }

  /** Someone removed the lock file alone: the host that held it may be about to write once more. */
  async #awaitFormerHost(lock: Lock): Promise<void> {
    const { clock, home } = this.#options;
    const missingMs = lock.madeAt + formerHostMs - clock.wallNow();
    const madeWithFolder = lock.madeAt - statSync(home.folder).birthtimeMs < formerHostMs;
    if (missingMs <= 0 || madeWithFolder || !readdirSync(home.folder).some((name) => name.startsWith("journal-")))
      return;
    const waited = deferred();
    clock.after(missingMs, () => waited.resolve(), true);
    await waited.promise;
  }
}

/** The way of a command line tool: it joins, and never hosts. */
export class Guest implements Reach {
  readonly #options: Pick<ElectionOptions, "home" | "dial">;

  constructor(options: Pick<ElectionOptions, "home" | "dial">) {
    this.#options = options;
  }

  async connect(signal: AbortSignal): Promise<HostLink> {
    try {
      return await this.#options.dial(signal);
    } catch (cause) {
      if (signal.aborted) throw cause;
      if (!isNobodyThere(cause)) throw cause;
      const { path } = this.#options.home;
      const message = `nothing is running here: no process hosts the store in ${path}. Start a service first, or set SKYLARK_HOME to where it runs`;
      throw new SkylarkError("unavailable", message, { reason: "CONNECTION_LOST", cause, notExecuted: true });
    }
  }

  async close(): Promise<void> {}
}

/** No socket, or one whose owner is gone; not one that is slow. */
function isNobodyThere(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ECONNREFUSED");
}

function notAnswering(home: Home, cause: unknown): SkylarkError {
  const holder = Lock.holder(home.lock);
  const who = holder === undefined ? "another process" : `process ${holder}`;
  const message = `${who} hosts the store in ${home.path} and does not answer: it is starting, ending or frozen`;
  return new SkylarkError("unavailable", message, { reason: "CONNECTION_LOST", cause, notExecuted: true });
}

function closed(): SkylarkError {
  return new SkylarkError("cancelled", "the client was closed");
}
