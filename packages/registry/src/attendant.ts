import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";
import { type Health, Heartbeat, type HeartbeatOptions } from "./health/heartbeat.js";
import type { Marks } from "./health/marks.js";
import type { Outgoing } from "./http/outgoing.js";
import { EnrolledHoldings } from "./participant/enrolled-holdings.js";
import type { Participant } from "./participant/participant.js";
import type { Patch } from "./patch/patch.js";
import { Push, type PushOptions, type PushStatus } from "./patch/push.js";
import { type Survey, wantedBy } from "./survey/survey.js";

export interface AttendantParts {
  readonly coordination: Coordination;
  readonly cluster: string;
  readonly outgoing: Outgoing;
  readonly marks: Marks;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly heartbeat: HeartbeatOptions;
  readonly push: PushOptions;
}

/** Cares for one participant: tells it who provides what it requires, and asks whether it is well. */
export class Attendant {
  readonly participant: Participant;
  readonly #parts: AttendantParts;
  readonly #push: Push;
  readonly #heartbeat: Heartbeat;

  constructor(participant: Participant, parts: AttendantParts) {
    const { coordination, cluster, outgoing, clock, random, log } = parts;
    this.participant = participant;
    this.#parts = parts;
    this.#push = new Push({
      what: `"${participant.service}" at ${participant.url}`,
      store: new EnrolledHoldings(coordination, cluster, participant),
      send: (patch, signal) => this.#send(patch, signal),
      retryMs: parts.push.retryMs,
      clock,
      random,
      log,
    });
    this.#heartbeat = new Heartbeat({
      ask: (signal) => outgoing.get(participant.heartbeatUrl, signal),
      answered: (before) => this.#answered(before),
      missed: (why) => void parts.marks.mark(participant, why),
      mayCheck: () => coordination.session.kind === "established",
      options: parts.heartbeat,
      clock,
      random,
    });
  }

  get health(): Health {
    return this.#heartbeat.health;
  }

  /** Undefined where nothing is required: then nothing is ever pushed. */
  get patches(): PushStatus | undefined {
    return this.participant.requires.length > 0 ? this.#push.status : undefined;
  }

  /** What it requires may be offered by others than before. */
  see(survey: Survey): void {
    if (this.participant.requires.length > 0) this.#push.want(wantedBy(this.participant, survey));
  }

  /** What is owed is tried at once. */
  wake(): void {
    this.#push.wake();
  }

  close(): void {
    this.#heartbeat.close();
    this.#push.close();
  }

  #answered(before: Health["kind"]): void {
    if (before === "missing") this.#push.wake();
    void this.#parts.marks.clear(this.participant);
  }

  async #send(patch: Patch, closed: AbortSignal): Promise<void> {
    const { clock, outgoing, push } = this.#parts;
    const late = new AbortController();
    const timer = clock.after(push.timeoutMs, () => late.abort());
    try {
      await outgoing.post(this.participant.updateUrl, patch, AbortSignal.any([closed, late.signal]));
    } finally {
      timer.cancel();
    }
  }
}
