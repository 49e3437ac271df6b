import type { InstanceState } from "../system/listed-instance.js";
import type { Colours } from "./terminal.js";

export const stateWords: Record<InstanceState, string> = {
  inRotation: "in rotation",
  outOfRotation: "out of rotation",
  markedDown: "marked down",
  leaving: "leaving",
};

export function paintState(text: string, state: InstanceState, { green, yellow, red }: Colours): string {
  if (state === "markedDown") return red(text);
  return state === "inRotation" ? green(text) : yellow(text);
}
