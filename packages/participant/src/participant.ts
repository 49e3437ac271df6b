import type { Server } from "node:http";
import { type Log, SkylarkError } from "@skylark/core";
import { type Random, randomIndex, type Timer } from "@skylark/core/internal";
import { heartbeatAnswer, patchAnswer } from "./door/answers.js";
import { openServerDoor } from "./door/server-door.js";
import { Registration, type RegistrationOptions, type Surroundings } from "./registration.js";
import type { Patch } from "./view/patch.js";
import { ProviderView } from "./view/provider-view.js";

/**
 * A program that a registry knows, and that knows who provides what it requires. Its functions need no `this`: they may be
 * taken out and handed on.
 *
 * @example
 * const { providers, unregister } = await register({ name: "portal", requires: ["grading"], server });
 */
export interface Participant extends AsyncDisposable {
  readonly name: string;
  /** Where others reach it: its key in the registry. */
  readonly url: string;
  /**
   * The URLs of a required service, from memory; an immutable list, empty while there is none. Fails `failed_precondition`
   * for a name that is not required.
   */
  readonly providers: (name: string) => readonly string[];
  /** One of them at random. Fails `unavailable`, reason `NO_INSTANCE`, where there is none. */
  readonly provider: (name: string) => string;
  /** Calls `listener` after each change with what came and went. Answers with what ends that. */
  readonly onChange: (listener: (change: Patch) => void) => () => void;
  /**
   * Takes it out of the registry, and its two paths off the server. Resolves also when the registry could not be told for
   * five seconds: it notices that the heartbeat is gone. Never rejects. The server itself is the caller's to close.
   */
  readonly unregister: () => Promise<void>;
}

export interface ParticipationOptions extends Surroundings, Pick<RegistrationOptions, "link" | "body" | "silenceMs"> {
  readonly server: Server;
}

/** What holds a participant together: the view, the two paths on the server, the registration. */
export class Participation implements Participant {
  readonly name: string;
  readonly url: string;
  readonly #view: ProviderView;
  readonly #registration: Registration;
  readonly #listeners = new Set<(change: Patch) => void>();
  readonly #options: ParticipationOptions;
  readonly #releases: (() => void)[] = [];
  #grace: Timer | undefined;

  constructor(options: ParticipationOptions) {
    const { body, server } = options;
    this.#options = options;
    this.name = body.ServiceName;
    this.url = body.ServiceURL;
    this.#view = new ProviderView(body.RequiredServices);
    const listener = {
      asking: () => this.#view.asking(),
      registeredAnew: () => this.#registeredAnew(),
      stillRegistered: () => this.#view.stillRegistered(),
    };
    this.#registration = new Registration({ ...options, listener, isListening: () => server.listening });
  }

  /** As `Registration.start`. The two paths come first: a patch, or a heartbeat, may be there before the answer. */
  async start(waitMs?: number, signal?: AbortSignal): Promise<void> {
    const { body, server } = this.#options;
    const routes = new Map([
      [new URL(body.HeartbeatURL).pathname, heartbeatAnswer(() => this.#registration.heartbeatAsked())],
      [new URL(body.ServiceUpdateURL).pathname, patchAnswer((patch) => this.#changed(this.#view.apply(patch)))],
    ]);
    this.#releases.push(openServerDoor(server, routes));
    const closed = (): void => void this.unregister();
    server.once("close", closed);
    this.#releases.push(() => server.off("close", closed));
    try {
      await this.#registration.start(waitMs, signal);
    } catch (thrown) {
      this.#release();
      throw thrown;
    }
  }

  readonly providers = (name: string): readonly string[] => this.#view.urls(name);

  readonly provider = (name: string): string => pickOne(name, this.providers(name), this.#options.random);

  readonly onChange = (listener: (change: Patch) => void): (() => void) => {
    const own = (change: Patch): void => listener(change); // one listener may be given twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  readonly unregister = async (): Promise<void> => {
    await this.#registration.leave();
    this.#release();
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }

  #registeredAnew(): void {
    const { clock, silenceMs } = this.#options;
    this.#view.registeredAnew();
    this.#grace?.cancel();
    // others that were lost along with it notice after the same silence, give or take a quarter
    this.#grace = clock.after(2 * silenceMs, () => this.#changed(this.#view.graceOver()));
  }

  #changed(change: Patch): void {
    if (change.added.length + change.removed.length === 0) return;
    for (const listener of this.#listeners) tell(listener, change, this.#options.log);
  }

  #release(): void {
    this.#grace?.cancel();
    for (const release of this.#releases.splice(0)) release();
  }
}

function pickOne(name: string, urls: readonly string[], random: Random): string {
  const url = urls[randomIndex(random, urls.length)];
  if (url !== undefined) return url;
  const message = `no instance of ${JSON.stringify(name)} is known: start one, or wait for the registry's next patch`;
  throw new SkylarkError("unavailable", message, { reason: "NO_INSTANCE" });
}

/** The fault of a listener is no fault of the patch. */
function tell(listener: (change: Patch) => void, change: Patch, log: Log): void {
  try {
    listener(change);
  } catch (thrown) {
    log("error", `a listener of changed providers failed: ${SkylarkError.from(thrown).message}`);
  }
}
