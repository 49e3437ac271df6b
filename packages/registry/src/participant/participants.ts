import type { Coordination, Json, Operation, Revision } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { type Layout, layout } from "@skylark/discovery/internal";
import { registryLimits } from "../limits.js";
import { everythingOwed, nothingHeld } from "../patch/patch.js";
import { type Enrolment, enrolmentOf, enrolmentValue, readEnrolment } from "./enrolment.js";
import { consumerRecordOf, instanceRecordOf, type Participant, participantFrom } from "./participant.js";
import { participantId } from "./participant-url.js";
import type { RegistrationRequest } from "./registration-request.js";
import { Turns } from "./turns.js";

/** What stands in the store for a URL; `enrolment` undefined where nobody understands it. */
interface Found {
  readonly revision: Revision;
  readonly enrolment: Enrolment | undefined;
}

/**
 * Registers and takes out, in the store and nowhere else: one atomic write each, so that nothing is ever half registered.
 * Requests about one URL take turns. An answer of the store that is lost is read again.
 */
export class Participants {
  readonly #coordination: Coordination;
  readonly #keys: Layout;
  readonly #clock: Pick<Clock, "wallNow">;
  readonly #turns = new Turns();

  constructor(coordination: Coordination, cluster: string, clock: Pick<Clock, "wallNow">) {
    this.#coordination = coordination;
    this.#keys = layout(cluster);
    this.#clock = clock;
  }

  /**
   * Fails `already_exists` where its URL is registered already, unless that registration is marked down: then it is
   * replaced. Fails as the store does.
   */
  register(request: RegistrationRequest): Promise<Participant> {
    const participant = participantFrom(request, new Date(this.#clock.wallNow()));
    return this.#turns.take(participant.id, () =>
      this.#repeated(async () => {
        const found = await this.#find(participant.id);
        if (found?.enrolment?.nonce === participant.nonce) return participant; // by a write whose answer was lost
        if (found?.enrolment && !(await this.#isMarked(participant.id, found.enrolment)))
          throw standsAlready(participant);
        await this.#write(registering(this.#keys, participant, found));
        return participant;
      }),
    );
  }

  /** Answers with what was taken out. Fails `not_found` where nobody is registered under this URL, else as the store does. */
  unregister(url: string): Promise<Pick<Participant, "service" | "url">> {
    const id = participantId(url);
    let taken: Enrolment | undefined;
    return this.#turns.take(id, () =>
      this.#repeated(async () => {
        const found = await this.#find(id);
        if (!found && taken) return taken; // by a write whose answer was lost
        if (!found) throw new SkylarkError("not_found", `nobody is registered under ${url}: nothing was taken out`);
        taken = found.enrolment ?? taken;
        await this.#write(unregistering(this.#keys, id, found));
        return taken ?? { service: "", url };
      }),
    );
  }

  async #find(id: string): Promise<Found | undefined> {
    const key = this.#keys.participant(id);
    const entry = await this.#coordination.get(key, { fresh: true, timeoutMs: registryLimits.storeTimeoutMs });
    if (!entry) return undefined;
    const { revision } = entry;
    try {
      return { revision, enrolment: readEnrolment(key, entry.value) };
    } catch {
      return { revision, enrolment: undefined };
    }
  }

  async #isMarked(id: string, { service }: Enrolment): Promise<boolean> {
    const key = this.#keys.override(service, id);
    const entry = await this.#coordination.get(key, { fresh: true, timeoutMs: registryLimits.storeTimeoutMs });
    const value = entry?.value;
    return typeof value === "object" && value !== null && Object.hasOwn(value, "mark");
  }

  async #write(operations: readonly Operation[]): Promise<void> {
    try {
      await this.#coordination.multi(operations, { timeoutMs: registryLimits.storeTimeoutMs });
    } catch (thrown) {
      if (!SkylarkError.is(thrown, "already_exists")) throw thrown;
      throw new SkylarkError("aborted", "another registered the same meanwhile", { cause: thrown });
    }
  }

  async #repeated<T>(attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (thrown) {
        if (attempts === registryLimits.attemptsMax || !isWorthReading(thrown)) throw thrown;
      }
    }
  }
}

/** Another was faster, or the answer was lost: what stands there now tells what is left to do. */
function isWorthReading(thrown: unknown): boolean {
  if (!SkylarkError.is(thrown)) return false;
  return thrown.code === "aborted" || thrown.reason === "CONNECTION_LOST" || thrown.reason === "SESSION_EXPIRED";
}

/** The enrolment alone is compared: it is written with every change of the others. */
function registering(keys: Layout, participant: Participant, found: Found | undefined): readonly Operation[] {
  const { id, service, address, requires } = participant;
  const enrolment = enrolmentOf(participant, requires.length > 0 ? everythingOwed : nothingHeld);
  const key = keys.participant(id);
  const value = enrolmentValue(enrolment);
  const consumer = { ...consumerRecordOf(participant), nonce: id } as unknown as Json;
  const puts: Operation[] = [
    { kind: "put", key: keys.instance(service, address, id), value: instanceRecordOf(participant) as unknown as Json },
    ...requires.map((name): Operation => ({ kind: "put", key: keys.consumer(name, id), value: consumer })),
  ];
  const kept = new Set(puts.map((operation) => operation.key));
  const left = [...leftBehind(keys, id, found?.enrolment), keys.override(service, id)];
  return [
    found ? { kind: "put", key, value, revision: found.revision } : { kind: "create", key, value },
    ...puts,
    ...deletions(left.filter((each) => !kept.has(each))),
  ];
}

function unregistering(keys: Layout, id: string, { revision, enrolment }: Found): readonly Operation[] {
  return [{ kind: "delete", key: keys.participant(id), revision }, ...deletions(leftBehind(keys, id, enrolment))];
}

/** All that an earlier registration wrote, and what was said of it. */
function leftBehind(keys: Layout, id: string, enrolment: Enrolment | undefined): readonly string[] {
  if (!enrolment) return [];
  const { service, address, requires } = enrolment;
  return [
    keys.instance(service, address, id),
    keys.override(service, id),
    ...requires.map((name) => keys.consumer(name, id)),
  ];
}

function deletions(keys: readonly string[]): readonly Operation[] {
  return [...new Set(keys)].map((key) => ({ kind: "delete", key }));
}

function standsAlready({ url }: Participant): SkylarkError {
  const message = `${url} is registered already: if that is your earlier self, DELETE /services with this URL first`;
  return new SkylarkError("already_exists", message, { notExecuted: true });
}
