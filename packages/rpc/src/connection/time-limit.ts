import { TimerWheelEntry } from "@skylark/core/internal";

/** Something that must have happened by then. On a wheel until it has. */
export class TimeLimit extends TimerWheelEntry {
  readonly #passed: () => void;

  constructor(passed: () => void) {
    super();
    this.#passed = passed;
  }

  override timedOut(): void {
    this.#passed();
  }
}
