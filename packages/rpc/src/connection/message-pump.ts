import { setImmediate as nextTurn } from "node:timers/promises";
import type { Encoded } from "../wire/codec.js";
import { frameKinds } from "../wire/frame.js";
import type { Link } from "./link.js";
import type { Messages } from "./messages.js";
import { WriteWindow } from "./window.js";

/** How a pump came to rest. */
export type PumpEnd =
  /** Its source has no more. */
  | { kind: "exhausted" }
  /** Somebody stopped it. */
  | { kind: "stopped" }
  /** Its source, or there was no room for what came of it. */
  | { kind: "threw"; thrown: unknown }
  /** A message that has no form on the wire. */
  | { kind: "unsendable"; thrown: unknown }
  /** A message that is longer than the other side takes. */
  | { kind: "tooLarge"; bytes: number };

type PumpState =
  | { kind: "idle" }
  | { kind: "flowing"; source: Messages }
  /** The credit is spent: the source is not asked for more. */
  | { kind: "held"; source: Messages; go: () => void }
  | { kind: "over" };

export interface PumpParts {
  /** The stream that the messages go by. */
  readonly id: number;
  readonly link: Link;
  /** The longest message that the other side takes. */
  readonly messageBytesMax: number;
}

/**
 * Sends what a source has, one MESSAGE after another: asks for the next whenever there is credit for it, so that none ever
 * waits here, and no faster than the connection takes them. Owned by the end of the stream that writes.
 */
export class MessagePump {
  readonly #parts: PumpParts;
  readonly #window = new WriteWindow();
  #state: PumpState = { kind: "idle" };

  constructor(parts: PumpParts) {
    this.#parts = parts;
  }

  get isOver(): boolean {
    return this.#state.kind === "over";
  }

  /** Until there is no more to send, or it cannot go on. What that means for the other side is the owner's to say. */
  async run(source: Messages): Promise<PumpEnd> {
    this.#state = { kind: "flowing", source };
    try {
      for (let sent = 1; await this.#mayWrite(source); sent++) {
        const step = await source.next();
        if (this.isOver) break;
        if (step.done) return { kind: "exhausted" };
        const refused = this.#send(step.value);
        if (refused) return refused;
        if (sent % messagesPerTurn === 0) await nextTurn();
        if (this.#parts.link.isBehind) await this.#parts.link.caughtUp();
      }
      return { kind: "stopped" };
    } catch (thrown) {
      return { kind: "threw", thrown };
    }
  }

  /** The payload of a CREDIT. What it throws ends the connection. */
  grant(bytes: Buffer, start: number, end: number): void {
    this.#window.grant(bytes, start, end);
    const state = this.#state;
    if (state.kind !== "held" || !this.#window.isOpen) return;
    this.#state = { kind: "flowing", source: state.source };
    state.go();
  }

  /** Nothing is sent any more. Answers with the source, where one was asked: it is the owner's to leave. */
  stop(): Messages | undefined {
    const state = this.#state;
    this.#state = { kind: "over" };
    if (state.kind === "held") state.go();
    return state.kind === "flowing" || state.kind === "held" ? state.source : undefined;
  }

  #mayWrite(source: Messages): boolean | Promise<boolean> {
    if (this.isOver) return false;
    if (this.#window.isOpen) return true;
    return new Promise((resolve) => {
      this.#state = { kind: "held", source, go: () => resolve(!this.isOver) };
    });
  }

  #send(message: unknown): PumpEnd | undefined {
    const { id, link, messageBytesMax } = this.#parts;
    let encoded: Encoded;
    try {
      encoded = link.encode(message, "message", 0);
    } catch (thrown) {
      return { kind: "unsendable", thrown };
    }
    const bytes = encoded.end - encoded.start;
    if (bytes > messageBytesMax) return { kind: "tooLarge", bytes };
    link.message(frameKinds.message, id, undefined, encoded);
    this.#window.spend(bytes);
    return undefined;
  }
}

/** Small messages would else keep everybody else waiting for as long as the credit lasts. */
const messagesPerTurn = 128;
