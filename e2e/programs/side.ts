/** The program's side of the channel to its test. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly command: string;
  readonly argument: unknown;
}

/** Says that the program is ready, and answers what the test asks from then on. Without its test it does not stay. */
export function answer(ready: unknown, commands: Commands): void {
  process.on("message", ({ id, command, argument }: Question) => {
    const run = commands[command] as ((argument: unknown) => unknown) | undefined;
    Promise.resolve()
      .then(() => run?.(argument))
      .then(
        (value) => process.send?.({ id, value }),
        (thrown: unknown) => process.send?.({ id, error: thrown instanceof Error ? thrown.stack : String(thrown) }),
      );
  });
  process.on("disconnect", () => process.exit(9));
  process.send?.(ready);
}
