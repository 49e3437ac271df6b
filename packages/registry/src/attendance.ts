import type { DirectoryInstance } from "@skylark/discovery/internal";
import { Attendant, type AttendantParts } from "./attendant.js";
import { concerns, emptySurvey, type Survey, surveyOf } from "./survey/survey.js";

/** Cares for whoever the store lists as a participant: a change of the list reaches those whom it concerns, and nobody else. */
export class Attendance {
  readonly #parts: AttendantParts;
  readonly #attendants = new Map<string, Attendant>();
  #survey: Survey = emptySurvey;

  constructor(parts: AttendantParts) {
    this.#parts = parts;
  }

  get survey(): Survey {
    return this.#survey;
  }

  get attendants(): readonly Attendant[] {
    return [...this.#attendants.values()];
  }

  /** All instances as the store tells them now. */
  see(instances: readonly DirectoryInstance[]): void {
    const before = this.#survey;
    const survey = surveyOf(instances, before);
    this.#survey = survey;
    this.#parts.marks.see(survey);
    for (const [id, attendant] of this.#attendants) {
      const now = survey.participants.get(id);
      if (now?.nonce === attendant.participant.nonce) continue;
      this.#attendants.delete(id); // taken out, or registered anew: whoever stands there now knows nothing yet
      attendant.close();
    }
    for (const [id, participant] of survey.participants) {
      const known = this.#attendants.get(id);
      const attendant = known ?? new Attendant(participant, this.#parts);
      if (!known) this.#attendants.set(id, attendant);
      if (!known || concerns(participant, before, survey)) attendant.see(survey);
    }
  }

  /** The store is in touch again: whatever waited for it is tried at once. */
  wake(): void {
    for (const attendant of this.#attendants.values()) attendant.wake();
  }

  close(): void {
    for (const attendant of this.#attendants.values()) attendant.close();
    this.#attendants.clear();
  }
}
