/** Asks again until the answer is yes; answers how long that took. Fails with what was seen last. */
export async function until(
  what: string,
  withinMs: number,
  ask: () => Promise<true | string> | true | string,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const seen = await ask();
    const took = performance.now() - startedAt;
    if (seen === true) return Math.round(took);
    if (took > withinMs) throw new Error(`${what}: not within ${withinMs} ms; last seen: ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How often to do it: the count a release asks for with `SKYLARK_FULL=1`, a short form otherwise. */
export function trials(full: number, short: number): number {
  return process.env["SKYLARK_FULL"] === "1" ? full : short;
}

/** Says on standard output what a fault test did, with its figures. */
export function report(bar: string, figures: Record<string, unknown>): void {
  const words = Object.entries(figures).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  process.stdout.write(`[${bar}] ${words.join(", ")}\n`);
}
