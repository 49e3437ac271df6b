import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A client that says exactly these bytes. */
export class RawClient {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #heard = "";
  #isOver = false;
  #wake: () => void = () => {};

  constructor(port: number, host = "127.0.0.1") {
    this.#socket = connect({ port, host, allowHalfOpen: true });
    this.#socket.on("data", (chunk: Buffer) => {
      this.#heard += chunk.toString("latin1");
      this.#wake();
    });
    this.#socket.on("error", () => {}); // a reset is an end like another
    this.#closed = new Promise((resolve) => {
      const over = (): void => {
        this.#isOver = true;
        this.#wake();
        resolve();
      };
      this.#socket.once("end", over).once("close", over);
    });
    onTestFinished(() => void this.#socket.destroy());
  }

  get heard(): string {
    return this.#heard;
  }

  say(...pieces: readonly (string | Uint8Array)[]): this {
    for (const piece of pieces) this.#socket.write(piece);
    return this;
  }

  /** Sends and waits until the system has taken it. */
  async flush(piece: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => void this.#socket.write(piece, () => resolve()));
  }

  /** Reads no more. */
  pause(): this {
    this.#socket.pause();
    return this;
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says no more, and goes on listening. */
  halfClose(): void {
    this.#socket.end();
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when what was heard matches; fails when the other side ends before. */
  async hears(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#heard)) {
      if (this.#isOver) throw new Error(`it ended, and ${pattern} was not heard: ${this.#heard}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#heard;
  }

  /** Resolves with all that was heard when the other side has ended. */
  async ended(): Promise<string> {
    await this.#closed;
    return this.#heard;
  }
}
