export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Long enough for a second word, if one were to come. */
export async function turns(): Promise<void> {
  for (let count = 0; count < 10; count++) await turn();
}
