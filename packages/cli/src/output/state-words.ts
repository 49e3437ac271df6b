import type { InstanceState } from "../system/listed-instance.js";
import type { Colours } from "./terminal.js";

export const stateWords: Record<InstanceState, string> = {
  inRotation: "in rotation",
  outOfRotation: "out of rotation",
  leaving: "leaving",
};

export function paintState(text: string, state: InstanceState, { green, yellow }: Colours): string {
  return state === "inRotation" ? green(text) : yellow(text);
}
