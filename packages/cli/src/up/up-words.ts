import { endingText } from "./running-process.js";
import type { UpEvent } from "./up-event.js";

/** An event as `sky up` says it, line by line; `by` a process, or undefined for the system itself. */
export interface Said {
  readonly by: string | undefined;
  readonly words: string;
}

export function upWords(event: UpEvent): readonly Said[] {
  switch (event.kind) {
    case "output":
      return [{ by: event.process, words: event.line }];
    case "opened":
      return [];
    case "launched":
      return [];
    case "notReady":
      return [
        ...own(`${event.process} ${event.why}${event.lines.length > 0 ? "; it said last:" : ""}`),
        ...event.lines.map((line) => ({ by: event.process, words: `  ${line}` })),
      ];
    case "log":
      return event.level === "debug" ? [] : own(event.message);
    default:
      return own(wordsOf(event));
  }
}

type OwnEvent = Exclude<UpEvent, { kind: "output" | "opened" | "launched" | "notReady" | "log" }>;

function wordsOf(event: OwnEvent): string {
  switch (event.kind) {
    case "starting":
      return `starting ${event.processes.join(", ")}`;
    case "leftOut":
      return `${event.process} is left out: ${event.why}. ${event.missing}`;
    case "waiting":
      return `${event.process}: waiting for ${event.for} (${event.ms / 1000} s)`;
    case "ready":
      return `${event.process} is ${event.again ? "back" : "ready"}${event.address === null ? "" : `: ${event.address}`}, process ${event.pid}`;
    case "died":
      return `${event.process} ${deathText(event)}`;
    case "asked":
      return `${event.by}: ending in order; once more ends everything at once`;
    case "failed":
      return `${event.message}; ending`;
    case "leaving":
      return `${event.process} is asked to leave`;
    case "late":
      return `${event.process} has not left within ${event.afterMs / 1000} s: it is ended`;
    case "left":
      return `${event.process} has left${event.ending === 0 ? "" : `, ended ${endingText(event.ending)}`}`;
    case "ended":
      return `everything has ended${event.orderly ? "" : ", not all of it in order"}, the store last`;
  }
}

function deathText({ ending, restartInMs, why }: UpEvent & { kind: "died" }): string {
  const ended = `ended ${endingText(ending)}`;
  if (restartInMs !== null) return `${ended}; it is started again in ${restartInMs} ms`;
  if (why !== null) return `${ended}, ${why}: it stays down. The others go on`;
  return ending === 0 ? `${ended}: it has done its work` : `${ended}; it is not started again`;
}

function own(words: string): readonly Said[] {
  return [{ by: undefined, words }];
}
