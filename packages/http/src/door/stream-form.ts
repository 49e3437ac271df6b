import type { ErrorBody } from "../answer/answer.js";

/** How the messages of a stream are written down, one after another. */
export interface StreamForm {
  readonly type: string;
  readonly message: (json: string) => string;
  /** Says that it failed. */
  readonly failure: (body: ErrorBody) => string;
  /** Whether a reader can tell a failure from the end by what is written: else the body is left incomplete. */
  readonly failureIsLast: "told" | "untold";
  /** What comes behind the last message. */
  readonly ending: string;
  /** What is written while nothing comes, so that nobody on the way takes the connection for dead. */
  readonly pulse: string | undefined;
}

/** A line of JSON for each. */
const jsonLines: StreamForm = {
  type: "application/x-ndjson",
  message: (json) => `${json}\n`,
  failure: (body) => `${JSON.stringify(body)}\n`,
  failureIsLast: "untold",
  ending: "",
  pulse: undefined,
};

/** What a browser's EventSource reads (https://html.spec.whatwg.org/multipage/server-sent-events.html). JSON has no line ends. */
const events: StreamForm = {
  type: "text/event-stream",
  message: (json) => `data: ${json}\n\n`,
  failure: (body) => `event: error\ndata: ${JSON.stringify(body)}\n\n`,
  failureIsLast: "told",
  ending: "event: end\ndata: null\n\n",
  pulse: ":\n\n",
};

/** Events for those whose `Accept` names them, lines for all others. */
export function streamFormFor(accept: string | undefined): StreamForm {
  const types = (accept ?? "").split(",").map((each) => each.split(";", 1)[0]?.trim().toLowerCase());
  return types.includes(events.type) ? events : jsonLines;
}
