import { SkylarkError } from "@skylark/core";

/** What a lock protects: it sees the token of each request, and refuses one that is older than any it has seen. */
export class GuardedResource {
  /** The tokens of the holders that came in, in order. */
  readonly holders: number[] = [];
  refused = 0;

  get highest(): number {
    return this.holders.at(-1) ?? 0;
  }

  write(token: number): void {
    if (token < this.highest) {
      this.refused += 1;
      throw new SkylarkError("failed_precondition", `token ${token} is stale: ${this.highest} was here`);
    }
    if (token > this.highest) this.holders.push(token);
  }
}
