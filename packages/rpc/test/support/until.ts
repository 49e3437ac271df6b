/** Lets everybody have a turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets the system have one too: what it brings from socket to socket may wait for this very processor. */
function rest(restMs = 2): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, restMs));
}

/** So many turns; the usual number is enough for whatever is on its way. */
export async function turns(count?: number): Promise<void> {
  for (let passed = 0; passed < (count ?? 20); passed++) await turn();
  if (count === undefined || count >= 20) await rest(10);
}

/** Waits for something that becomes true by itself; the test's own limit ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  for (let asked = 0; !holds(); asked++) await (asked < 1000 ? turn() : rest());
}

/** What was thrown, which must be something. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("it should have failed");
}
