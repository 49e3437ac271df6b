/**
 * Asks again until the answer is yes; answers how long that took. `withinMs` is what a release is held to
 * (`SKYLARK_FULL=1`); elsewhere the machine may be busy with other things, and what is late is only printed by whoever
 * reports it: what never comes fails all the same. Fails with what was seen last.
 */
export async function until(
  what: string,
  withinMs: number,
  ask: () => Promise<true | string> | true | string,
): Promise<number> {
  const startedAt = performance.now();
  const patienceMs = trials(withinMs, Math.max(3 * withinMs, 60_000));
  for (;;) {
    const seen = await ask();
    const took = performance.now() - startedAt;
    if (seen === true) return Math.round(took);
    if (took > patienceMs) throw new Error(`${what}: not within ${patienceMs} ms; last seen: ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How often to do it, or how long it may take: what a release asks for with `SKYLARK_FULL=1`, a lighter form otherwise. */
export function trials<T>(full: T, light: T): T {
  return process.env["SKYLARK_FULL"] === "1" ? full : light;
}

/** Says on standard output what a fault test did, with its figures. */
export function report(bar: string, figures: Record<string, unknown>): void {
  const words = Object.entries(figures).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  process.stdout.write(`[${bar}] ${words.join(", ")}\n`);
}
