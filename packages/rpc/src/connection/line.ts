/** Messages in the order in which they came, and what they weigh together. */
export class Line {
  #messages: (Buffer | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(message: Buffer): void {
    this.#messages.push(message);
    this.#bytes += message.length;
  }

  shift(): Buffer | undefined {
    const message = this.#messages[this.#first];
    if (!message) return undefined;
    this.#messages[this.#first++] = undefined;
    this.#bytes -= message.length;
    if (this.#first === this.#messages.length || this.#first > shiftedMost) {
      this.#messages.splice(0, this.#first);
      this.#first = 0;
    }
    return message;
  }

  clear(): void {
    this.#messages = [];
    this.#first = 0;
    this.#bytes = 0;
  }
}

/** Moving the rest up for each message would cost its square where many small ones wait. */
const shiftedMost = 1024;
