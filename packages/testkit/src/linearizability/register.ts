import { type Action, type Held, nothing, type Operation } from "./history.js";

/** A register with compare-and-set, told what a client was told: what it holds afterwards, if it can have been so. */
export function step(held: Held, { action, outcome }: Operation): Held | "impossible" {
  switch (outcome.kind) {
    case "held":
      return held === outcome.held ? held : "impossible";
    case "refused":
      return fits(held, action) ? "impossible" : held;
    case "unknown":
      return fits(held, action) ? after(held, action) : held;
    case "done":
      if (!fits(held, action)) return "impossible";
      if (outcome.found !== undefined && outcome.found !== (held !== nothing)) return "impossible";
      return after(held, action);
  }
}

/** Whether the store would do it. */
function fits(held: Held, action: Action): boolean {
  switch (action.kind) {
    case "get":
      return true;
    case "create":
      return held === nothing;
    case "put":
    case "delete":
      return action.over === undefined || action.over === held;
  }
}

function after(held: Held, action: Action): Held {
  if (action.kind === "get") return held;
  return action.kind === "delete" ? nothing : action.number;
}
