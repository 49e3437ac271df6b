import type { Command } from "commander";
import type { Sky } from "../sky.js";
import { rotation } from "./rotation.js";

export function register(sky: Sky): Command {
  return rotation(
    sky,
    {
      usage: "register <instance>",
      summary: "Put an instance into rotation: callers choose it from now on",
      examples: [
        ["sky register k3f9", "by the beginning of its id"],
        ["sky register 127.0.0.1:4000 --service grading", "only one of its services"],
      ],
    },
    true,
  );
}
