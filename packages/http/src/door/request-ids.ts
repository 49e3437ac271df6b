import type { IncomingMessage } from "node:http";
import { randomId } from "@skylark/core/internal";

/**
 * Ids for requests that have none: a beginning that no other process shares by accident, and a number. Asking the system for
 * chance each time would cost more than the rest of a short answer.
 */
export class RequestIds {
  readonly #beginning = randomId(10);
  #made = 0;

  /** The client's own where it has one, so that its logs and ours speak of the same. */
  of({ headers }: IncomingMessage): string {
    const given = headers["x-request-id"];
    if (typeof given === "string" && /^[\x21-\x7e]{1,128}$/.test(given)) return given;
    return `${this.#beginning}-${(++this.#made).toString(36)}`;
  }
}
