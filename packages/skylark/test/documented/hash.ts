import { createHash } from "node:crypto";
import { call } from "skylark";

export async function stretched(password: string, rounds: number): Promise<string> {
  let hash = password;
  for (let round = 0; round < rounds; round++) {
    if (round % 1000 === 0) call().signal.throwIfAborted();
    hash = createHash("sha256").update(hash).digest("hex");
  }
  return hash;
}
