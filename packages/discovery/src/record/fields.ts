import type { Json } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";

export type JsonObject = { readonly [key: string]: Json };

/** Reads one entry that anybody may have written. What does not fit fails `invalid_argument` and names the field. */
export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw misfit("it is no JSON object");
    this.#fields = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#own(name) !== undefined;
  }

  text(name: string, lettersMax = textLettersMax): string {
    const value = this.#own(name);
    if (typeof value === "string" && value.length <= lettersMax) return value;
    throw misfit(`"${name}" is no text of up to ${lettersMax} letters`);
  }

  /** One of a closed list. */
  word<const W extends string>(name: string, words: readonly W[]): W {
    const value = this.#own(name);
    for (const word of words) if (word === value) return word;
    throw misfit(`"${name}" is not ${words.map((each) => `"${each}"`).join(" or ")}`);
  }

  /** `most` included. */
  number(name: string, least: number, most: number): number {
    const value = this.#own(name);
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw misfit(`"${name}" is no number from ${least} to ${most}`);
  }

  flag(name: string): boolean {
    const value = this.#own(name);
    if (typeof value === "boolean") return value;
    throw misfit(`"${name}" is neither true nor false`);
  }

  texts(name: string, countMax = textsMax): readonly string[] {
    const value = this.#own(name);
    if (Array.isArray(value) && value.length <= countMax && value.every(isShortText)) return Object.freeze([...value]);
    throw misfit(`"${name}" is no list of up to ${countMax} texts`);
  }

  /** What `read` makes of the field, or undefined where there is none. */
  optional<T>(name: string, read: (name: string) => T): T | undefined {
    return this.#own(name) === undefined ? undefined : read(name);
  }

  /** A field that is itself an object, taken as it is. */
  object(name: string): JsonObject {
    const value = this.#own(name);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
    throw misfit(`"${name}" is no object`);
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }
}

function isShortText(value: unknown): value is string {
  return typeof value === "string" && value.length <= textLettersMax;
}

/** A name, an address, an instant: longer is a mistake or an attack. */
const textLettersMax = 512;
const textsMax = 64;

export function misfit(problem: string): SkylarkError {
  return new SkylarkError("invalid_argument", problem);
}
