import { jsonLine } from "../output/json.js";
import type { Terminal } from "../output/terminal.js";
import type { TellUp, UpEvent } from "./up-event.js";
import { upWords } from "./up-words.js";
import { Voices } from "./voices.js";

export interface UpOutputOptions {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly system: string;
  readonly processes: readonly string[];
}

/**
 * Prints what happens: lines for people, or JSON. What processes print is left out, and counted, while nobody reads as fast
 * as they speak: neither they nor the memory shall suffer from a terminal that stands still.
 */
export function upOutput({ terminal, json, system, processes }: UpOutputOptions): TellUp {
  const voices = new Voices([system, ...processes], terminal.colours);
  let leftOut = 0;
  const print = (event: UpEvent): void => {
    if (json) return terminal.out(jsonLine({ at: new Date().toISOString(), ...event }));
    if (event.kind === "opened") terminal.out(event.lines.map((line) => `${line}\n`).join(""));
    for (const { by, words } of upWords(event)) terminal.out(voices.line(by ?? system, words));
  };
  return (event) => {
    if (event.kind === "output" && terminal.unread() > unreadBytesMax) {
      leftOut++;
      return;
    }
    if (leftOut > 0) {
      const message = `${leftOut} lines of the processes were left out: nobody read as fast`;
      leftOut = 0;
      print({ kind: "log", level: "warn", message });
    }
    print(event);
  };
}

const unreadBytesMax = 4_194_304;
