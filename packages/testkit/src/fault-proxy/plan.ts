import type { Framing } from "./framing.js";
import type { LaneMode } from "./lane.js";

export type Direction = "to-server" | "to-client";

/** One reply that is to vanish, from the moment its request is known. */
export interface DroppedReply {
  readonly wanted: (request: Buffer) => boolean;
  /** Whether the connection is cut at the moment the reply would have passed, or goes on without it. */
  readonly ending: "cut" | "go on";
  readonly dropped: () => void;
}

/** What the proxy does to its connections now; every connection looks here. */
export class FaultPlan {
  readonly framing: Framing | undefined;
  readonly modes: Record<Direction, LaneMode> = { "to-server": "pass", "to-client": "pass" };
  readonly delaysMs: Record<Direction, number> = { "to-server": 0, "to-client": 0 };
  /** Those whose request has not come yet. */
  #waiting: DroppedReply[] = [];
  /** Those whose request went through, and on which connection. */
  #expected: { readonly request: Buffer; readonly link: object; readonly reply: DroppedReply }[] = [];

  readonly #onRequest: ((request: Buffer, link: object) => void) | undefined;

  constructor(framing: Framing | undefined, onRequest: ((request: Buffer, link: object) => void) | undefined) {
    this.framing = framing;
    this.#onRequest = onRequest;
  }

  drop(reply: DroppedReply): void {
    this.#waiting.push(reply);
  }

  sawRequest(request: Buffer, link: object): void {
    this.#onRequest?.(request, link);
    const reply = this.#waiting.find(({ wanted }) => wanted(request));
    if (!reply) return;
    this.#waiting = this.#waiting.filter((each) => each !== reply);
    this.#expected.push({ request: Buffer.from(request), link, reply });
  }

  sawReply(bytes: Buffer, link: object): "pass" | "vanish" | "cut" {
    const found = this.#expected.find((each) => each.link === link && this.framing?.answers(bytes, each.request));
    if (!found) return "pass";
    this.#expected = this.#expected.filter((each) => each !== found);
    found.reply.dropped();
    return found.reply.ending === "cut" ? "cut" : "vanish";
  }

  /** The connection is gone, and with it the replies it owed: each is lost without our doing. */
  forget(link: object): void {
    for (const { reply } of this.#expected.filter((each) => each.link === link)) reply.dropped();
    this.#expected = this.#expected.filter((each) => each.link !== link);
  }
}
