/** Lets everybody have a turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function turns(count = 20): Promise<void> {
  for (let passed = 0; passed < count; passed++) await turn();
}

/** Waits for something that becomes true by itself; the test's own limit ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
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
