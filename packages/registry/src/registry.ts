import type { Coordination } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { type Clock, deferred, type Random, systemClock, systemRandom } from "@skylark/core/internal";
import { SystemWatch } from "@skylark/discovery/internal";
import { type Application, type ServedService, serve } from "skylark";
import { Attendance } from "./attendance.js";
import { type HeartbeatOptions, heartbeatDefaults } from "./health/heartbeat.js";
import { Marks } from "./health/marks.js";
import { Outgoing } from "./http/outgoing.js";
import {
  openServicesListener,
  type ServicesDesk,
  type ServicesListener,
  servicesPath,
} from "./http/services-listener.js";
import { registryLimits } from "./limits.js";
import type { Participant } from "./participant/participant.js";
import { Participants } from "./participant/participants.js";
import type { RegistrationRequest } from "./participant/registration-request.js";
import { type PushOptions, pushDefaults } from "./patch/push.js";
import { type ParticipantStatus, participantStatus, RegistryContract } from "./registry-contract.js";
import { servicesList } from "./services-list.js";

export interface RegistryOptions {
  /** Whose port it answers on and whose session it uses. It goes on when the registry closes; closed first, the registry ends with it. */
  readonly application: Application;
  readonly heartbeat?: Partial<HeartbeatOptions> | undefined;
  readonly push?: Partial<PushOptions> | undefined;
}

/** What only tests replace. */
export interface RegistryParts {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/**
 * Opens the registry on an application's port: `/services` for programs that take part by plain HTTP, and the service
 * "registry" for tools. Resolves when it knows what is registered. Whoever opens it closes it.
 *
 * Fails as the store does, and as a service that is served: `already_exists` where this process is a registry already,
 * `failed_precondition` where the port is taken, or HTTP is switched off.
 *
 * @example
 * await openRegistry({ application: application() });
 */
export async function openRegistry(options: RegistryOptions & RegistryParts): Promise<Registry> {
  const { application } = options;
  const registry = new Registry(await application.coordination(), options);
  try {
    await registry.start();
    return registry;
  } catch (thrown) {
    await registry.close();
    throw thrown;
  }
}

export class Registry implements AsyncDisposable {
  readonly #application: Application;
  readonly #participants: Participants;
  readonly #attendance: Attendance;
  readonly #marks: Marks;
  readonly #outgoing = new Outgoing();
  readonly #releases: (() => void)[] = [];
  #listener: ServicesListener | undefined;
  #served: ServedService | undefined;
  #closed: Promise<void> | undefined;

  /** @internal Made by `openRegistry`. */
  constructor(coordination: Coordination, options: RegistryOptions & RegistryParts) {
    const { application, clock = systemClock, random = systemRandom } = options;
    const { log, instance } = application;
    const { cluster } = application.settings.values;
    this.#application = application;
    this.#participants = new Participants(coordination, cluster, clock);
    this.#marks = new Marks({ coordination, cluster, instance, clock, log });
    this.#attendance = new Attendance({
      coordination,
      cluster,
      outgoing: this.#outgoing,
      marks: this.#marks,
      heartbeat: { ...heartbeatDefaults, ...options.heartbeat },
      push: { ...pushDefaults, ...options.push },
      clock,
      random,
      log,
    });
    this.#releases.push(
      coordination.onSession(({ kind }) => {
        if (kind === "established") this.#attendance.wake();
      }),
    );
  }

  /** How each participant is, sorted by service and URL. */
  participants(): readonly ParticipantStatus[] {
    const { attendants, survey } = this.#attendance;
    return attendants
      .map((attendant) => participantStatus(attendant, survey, this.#marks))
      .toSorted((one, other) => (`${one.service} ${one.url}` < `${other.service} ${other.url}` ? -1 : 1));
  }

  /** @internal */
  async start(): Promise<void> {
    const application = this.#application;
    const { log } = application;
    const { cluster } = application.settings.values;
    const coordination = await application.coordination();
    const known = deferred();
    const watch = new SystemWatch(
      coordination,
      cluster,
      (instances) => {
        this.#attendance.see(instances);
        known.resolve();
      },
      { log },
    );
    this.#releases.push(() => watch.close());
    await known.promise;
    this.#listener = await openServicesListener(this.#desk());
    this.#releases.push(application.mount(servicesPath, this.#listener.listener));
    const handlers = { participants: () => [...this.participants()] };
    this.#served = await serve(RegistryContract, handlers, { application });
    void this.#served.stopped().then(() => this.close());
  }

  /** Nobody is checked or told anything afterwards; registrations stay where they are. Further calls do nothing. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    for (const release of this.#releases.splice(0).toReversed()) release();
    this.#attendance.close();
    await Promise.all([this.#listener?.close(), this.#outgoing.close(), this.#served?.stop()]);
  }

  #desk(): ServicesDesk {
    return {
      register: (request) => this.#register(request),
      unregister: (url) => this.#participants.unregister(url).catch(storeAway),
      list: () => servicesList(this.#attendance.survey),
    };
  }

  async #register(request: RegistrationRequest): Promise<Participant> {
    const { participantsMax } = registryLimits;
    if (this.#attendance.survey.participants.size >= participantsMax) {
      const message = `there are ${participantsMax} participants already, and this registry cares for no more`;
      throw new SkylarkError("resource_exhausted", message, { notExecuted: true });
    }
    return await this.#participants.register(request).catch(storeAway);
  }
}

/** Whatever keeps the store from answering: whoever asked does well to ask again. */
function storeAway(thrown: unknown): never {
  const error = SkylarkError.from(thrown, "internal");
  if (answers.has(error.code)) throw error;
  const message = `the coordination store cannot be reached now (${error.message}): ask again`;
  throw new SkylarkError("unavailable", message, { cause: error });
}

/** What the store, or what stands in it, has to say of a request. */
const answers: ReadonlySet<string> = new Set(["already_exists", "not_found", "invalid_argument", "internal"]);
