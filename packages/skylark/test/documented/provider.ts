import { serve } from "skylark";
import * as grading from "./grading.js";

export const served = await serve("grading", grading, {
  version: "1.2.0",
  idempotent: ["students"],
  requires: ["log"],
});
