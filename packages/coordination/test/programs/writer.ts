/** Writes bursts until it is killed, and says on its standard output which writes were acknowledged. */
import { writeSync } from "node:fs";
import { openCoordination } from "../../src/index.js";

const inFlight = 16;

const coordination = await openCoordination({ home: process.argv[2] ?? "", openTimeoutMs: 60_000 });
const round = process.argv[3] ?? "";
let next = 0;

async function write(): Promise<void> {
  for (;;) {
    const number = next++;
    await coordination.put(`/burst/${round}/${number % 50}`, { number, text: "x".repeat(number % 300) });
    await coordination.create(`/each/${round}/${number}`, number);
    writeSync(1, `${number}\n`); // in the pipe at once: a kill loses nothing that was acknowledged
  }
}

await Promise.all(Array.from({ length: inFlight }, write));
