import { SkylarkError } from "@skylark/core";

/** Thrown while a value is written, for what has no form on the wire. Learns its path on its way out. */
export class Unsendable extends Error {
  readonly what: string;
  #path = "";

  constructor(what: string, options?: ErrorOptions) {
    super(what, options);
    this.what = what;
  }

  /** It was found in a map under `key`, or in a list at an index. Whatever else was thrown there came from code of users. */
  static in(key: string | number, thrown: unknown): Unsendable {
    const found = thrown instanceof Unsendable ? thrown : Unsendable.foreign(thrown);
    const step = typeof key === "number" ? `[${key}]` : name.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    found.#path = step + found.#path;
    return found;
  }

  /** `role`: what the value is to whoever sends it. */
  static toError(role: string, thrown: unknown): SkylarkError {
    const { what, cause, place } = thrown instanceof Unsendable ? thrown : Unsendable.foreign(thrown);
    return new SkylarkError("invalid_argument", `the ${role} cannot be sent: ${role}${place} ${what}`, { cause });
  }

  static foreign(cause: unknown): Unsendable {
    return new Unsendable(`cannot be read: ${SkylarkError.from(cause).message}`, { cause });
  }

  /** Long where a value holds itself: the beginning tells enough. */
  get place(): string {
    return this.#path.length > placeLettersMax ? `${this.#path.slice(0, placeLettersMax)}…` : this.#path;
  }
}

const name = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;
const placeLettersMax = 120;
