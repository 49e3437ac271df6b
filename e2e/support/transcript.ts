import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A command as a page shows it, and what it is said to print. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

/** The commands in the `console` blocks of a page: each line behind `$ `, and what stands below it. */
export function transcriptOf(page: string): ShownCommand[] {
  const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((shown) => {
        const [command = "", ...output] = shown.split("\n");
        return { command, output: output.join("\n").trimEnd() };
      }),
  );
}

/** What it prints in a shell, where the page's port is `port` in truth. */
export async function outputOf({ command }: ShownCommand, port: number): Promise<string> {
  const real = command.replace(/^curl /, "curl -sS ").replaceAll(/(?<=127\.0\.0\.1:)\d+/g, String(port));
  const { stdout } = await promisify(execFile)("sh", ["-c", real]);
  return stdout.trimEnd();
}

/** What is shown, with `…` for what nobody can foretell. */
export function patternOf(shown: string): RegExp {
  const literal = shown.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll("…", ".*")}$`);
}
