/** What the participants of a test offer each other. */
export interface EchoFunctions {
  echo(value: number): Promise<number>;
  /** Not idempotent: every execution leaves a line. */
  deposit(id: string): Promise<string>;
}
