import type { Coordination } from "@skylark/coordination";
import { type Log, SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { setOverride } from "@skylark/discovery/internal";
import type { Participant } from "../participant/participant.js";
import { emptySurvey, type Mark, type Survey } from "../survey/survey.js";

export interface MarksParts {
  readonly coordination: Coordination;
  readonly cluster: string;
  /** The instance id of this registry. */
  readonly instance: string;
  readonly clock: Pick<Clock, "wallNow">;
  readonly log: Log;
}

/**
 * Marks participants down in the store and takes the marks away: those of registries alone, for what others say of an
 * instance is theirs. Of each service a third may be marked and no more: where more seem to be gone, it is rather the
 * registry that cannot see them.
 */
export class Marks {
  readonly #parts: MarksParts;
  #survey: Survey = emptySurvey;
  /** Marked by this registry, and not seen in the survey yet: by id, with the service. */
  readonly #underway = new Map<string, string>();
  readonly #withheld = new Set<string>();
  /** Whose mark is being written or taken away: the next check comes back to it. */
  readonly #writing = new Set<string>();

  constructor(parts: MarksParts) {
    this.#parts = parts;
  }

  see(survey: Survey): void {
    this.#survey = survey;
    for (const id of this.#underway.keys()) {
      if (survey.marks.has(id) || !survey.participants.has(id)) this.#underway.delete(id);
    }
    for (const id of this.#withheld) if (!survey.participants.has(id)) this.#withheld.delete(id);
  }

  /** Whether it would be marked, were not a third of its service marked already. */
  isWithheld(id: string): boolean {
    return this.#withheld.has(id);
  }

  /** Marks it, where it is not marked yet and may be. Resolves when that is written or has failed; never rejects. */
  async mark({ id, service, url }: Participant, why: string): Promise<void> {
    if (this.#survey.marks.has(id) || this.#underway.has(id) || this.#writing.has(id)) return;
    const { clock, instance, log } = this.#parts;
    if (!this.#mayMark(service)) return this.#withhold(id, service, url, why);
    this.#withheld.delete(id);
    const mark: Mark & { instance: string } = {
      by: markedBy,
      instance,
      at: new Date(clock.wallNow()).toISOString(),
      why,
    };
    this.#underway.set(id, service);
    if (await this.#set(id, service, { ...mark })) log("warn", `"${service}" at ${url} is marked down: ${why}`, { id });
    else this.#underway.delete(id);
  }

  /** It answered: takes away what a registry said. Resolves as `mark` does. */
  async clear({ id, service, url }: Participant): Promise<void> {
    this.#withheld.delete(id);
    if (this.#writing.has(id)) return;
    if (!this.#underway.delete(id) && this.#survey.marks.get(id)?.by !== markedBy) return;
    if (await this.#set(id, service, undefined))
      this.#parts.log("info", `"${service}" at ${url} answers again`, { id });
  }

  #mayMark(service: string): boolean {
    const { instances = 0, marked = new Set() } = this.#survey.services.get(service) ?? {};
    const underway = [...this.#underway.values()].filter((each) => each === service).length;
    return marked.size + underway < Math.max(1, Math.floor(instances / 3));
  }

  #withhold(id: string, service: string, url: string, why: string): void {
    const level = this.#withheld.has(id) ? "debug" : "warn";
    this.#withheld.add(id);
    this.#parts.log(level, `"${service}" at ${url} is not marked down, as a third of it is already: ${why}`, { id });
  }

  async #set(id: string, service: string, mark: Record<string, string> | undefined): Promise<boolean> {
    const { coordination, cluster, log } = this.#parts;
    this.#writing.add(id);
    try {
      await setOverride(coordination, cluster, service, id, { mark });
      return true;
    } catch (thrown) {
      // gone meanwhile, or the store is away: the next check tries again where there is still something to mark
      log("debug", `the mark of ${id} could not be changed: ${SkylarkError.from(thrown).message}`);
      return false;
    } finally {
      this.#writing.delete(id);
    }
  }
}

/** Who set it, in every mark of a registry: any of them may take it away. */
const markedBy = "registry";
