/** What decides whether an instance is chosen by anybody, and who wins. */
interface RotationView {
  /** The owner's word, once the store holds it; undefined while it is not listed yet. */
  readonly listed: boolean | undefined;
  /** Another's word about it: `known` once the store has told whether there is one. */
  readonly override: { readonly known: boolean; readonly registered: boolean | undefined };
}

/**
 * Whether an instance is in rotation, told at each transition, once and in order. A lapse that repairs itself is none: only
 * the owner's word, an override and the leave are.
 */
export class Rotation {
  readonly #onTransition: (registered: boolean) => void;
  #view: RotationView = { listed: undefined, override: { known: false, registered: undefined } };
  #registered = false;

  constructor(onTransition: (registered: boolean) => void) {
    this.#onTransition = onTransition;
  }

  get registered(): boolean {
    return this.#registered;
  }

  listed(registered: boolean): void {
    this.#see({ ...this.#view, listed: registered });
  }

  overridden(registered: boolean | undefined): void {
    this.#see({ ...this.#view, override: { known: true, registered } });
  }

  left(): void {
    this.#see({ ...this.#view, listed: undefined });
  }

  #see(view: RotationView): void {
    this.#view = view;
    const { listed, override } = view;
    const registered = listed !== undefined && override.known && (override.registered ?? listed);
    if (registered === this.#registered) return;
    this.#registered = registered;
    this.#onTransition(registered);
  }
}
