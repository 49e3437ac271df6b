import type { Log } from "@skylark/core";
import type { DirectoryInstance } from "./directory-instance.js";
import { doubtLimits, type Ended, type Ending } from "./doubts.js";

/** Says once who is kept although the store has lost them, and why. */
export function reportDoubts(log: Log, service: string, began: readonly DirectoryInstance[]): void {
  if (began.length === 0) return;
  const seconds = doubtLimits.mostMs / 1000;
  log(
    "warn",
    `${counted(began)} of "${service}" vanished from the store without a word and still ${began.length === 1 ? "answers" : "answer"}: kept for ${seconds} s at most`,
    { instances: named(began) },
  );
}

/** Says how doubts ended, in one line for each way. */
export function reportEndings(log: Log, service: string, ended: readonly Ended[]): void {
  if (ended.length === 0) return;
  for (const [why, { level, words }] of Object.entries(endings)) {
    const instances = ended.filter((each) => each.why === why).map(({ instance }) => instance);
    if (instances.length > 0)
      log(level, `${counted(instances)} of "${service}" ${words}`, { instances: named(instances) });
  }
}

const endings: Readonly<Record<Ending, { readonly level: "info" | "warn"; readonly words: string }>> = {
  listed: { level: "info", words: "listed again by the store" },
  silent: { level: "info", words: "gone: vanished from the store, and no longer heard" },
  overdue: { level: "warn", words: "dropped: not listed for a minute, although still heard" },
};

function counted(instances: readonly DirectoryInstance[]): string {
  return `${instances.length} ${instances.length === 1 ? "instance" : "instances"}`;
}

const namesMax = 10;

function named(instances: readonly DirectoryInstance[]): readonly string[] {
  const names = instances.slice(0, namesMax).map(({ id, address }) => `${id} at ${address}`);
  return instances.length > namesMax ? [...names, `and ${instances.length - namesMax} others`] : names;
}
