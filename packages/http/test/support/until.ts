/** Waits for something that becomes true by itself; the test's own limit ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  for (let asked = 0; !holds(); asked++) {
    await new Promise((resolve) => (asked < 1000 ? setImmediate(resolve) : setTimeout(resolve, 2)));
  }
}
