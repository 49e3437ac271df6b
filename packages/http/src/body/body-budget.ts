/** What all bodies that are being read may hold together. Whoever reads them on behalf of one process has one. */
export class BodyBudget {
  readonly bytesMax: number;
  #taken = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get taken(): number {
    return this.#taken;
  }

  /** False where there is not so much left; then nothing was taken. What was taken must be given back. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.bytesMax) return false;
    this.#taken += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes;
  }
}
