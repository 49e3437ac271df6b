import type { InstanceChange } from "../system/changes.js";
import { markWords, placeOf } from "../system/listed-instance.js";
import { stateWords } from "./state-words.js";
import { onOneLine } from "./table.js";
import type { Colours } from "./terminal.js";

/** A line for people: `12:00:01  joined           grading 1  k3f9  127.0.0.1:4000  mars`. */
export function changeText(change: InstanceChange, at: Date, colours: Colours): string {
  const { service, version, id, host } = change.instance;
  const [words, paint] = wordsOf(change, colours);
  const time = colours.dim(at.toTimeString().slice(0, 8));
  const why = markWords(change.instance);
  const what = `${colours.bold(onOneLine(service))} ${onOneLine(version)}`;
  return `${time}  ${paint(words.padEnd(widest))}  ${what}  ${id}  ${placeOf(change.instance)}  ${onOneLine(host)}${why && `  ${onOneLine(why)}`}\n`;
}

function wordsOf(change: InstanceChange, { green, yellow, red, cyan }: Colours): [string, Colours["red"]] {
  switch (change.kind) {
    case "joined":
      return change.instance.state === "inRotation" ? ["joined", green] : ["joined, idle", yellow];
    case "left":
      return change.orderly ? ["left", yellow] : ["lost", red]; // it died, or lost its session
    case "inRotation":
      return [stateWords.inRotation, green];
    case "markedDown":
      return [stateWords.markedDown, red];
    case "outOfRotation":
    case "leaving":
      return [stateWords[change.kind], yellow];
    case "changed":
      return ["changed", cyan];
  }
}

const widest = stateWords.outOfRotation.length;
