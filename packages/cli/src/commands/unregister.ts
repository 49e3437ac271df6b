import type { Command } from "commander";
import type { Sky } from "../sky.js";
import { rotation } from "./rotation.js";

export function unregister(sky: Sky): Command {
  return rotation(
    sky,
    {
      usage: "unregister <instance>",
      summary: "Take an instance out of rotation: it runs on, and nobody chooses it",
      examples: [
        ["sky unregister k3f9", "by the beginning of its id"],
        ["sky unregister 127.0.0.1:4000 --service grading", "only one of its services"],
      ],
    },
    false,
  );
}
