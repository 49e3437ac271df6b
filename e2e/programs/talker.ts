import { parseArgs } from "node:util";
import { redirectLogs } from "@skylark/logs";
import { application, call, connect, insideRequest, serve } from "skylark";
import { answer } from "./side.js";

/** A process that says much by `console`, which goes to the log service; it serves requests, and passes them on. */

/** What a talker has said, and what became of it as far as it knows. */
export interface TalkerBook {
  /** As the log names it. */
  readonly instance: string;
  readonly written: number;
  readonly waiting: number;
  readonly dropped: number;
  readonly status: string;
  /** The most memory that it ever took, as seen now and then. */
  readonly residentMiBMax: number;
}

const { values: args } = parseArgs({
  options: { name: { type: "string", default: "talker" }, waiting: { type: "string" } },
});

const own = application({ name: args.name });
const waiting = args.waiting === undefined ? undefined : Number(args.waiting);
const redirection = redirectLogs({
  application: own,
  echo: false,
  framework: false,
  closeWithinMs: 30_000,
  waitingLinesMax: waiting,
  waitingBytesMax: waiting && waiting * 1000,
});
let written = 0;
let residentMiBMax = 0;
let timer: NodeJS.Timeout | undefined;

function say(line: string): void {
  written++;
  console.log(line);
}

const implementation = {
  /** Goes through so many processes, this one included. */
  pass: async (through: readonly string[]): Promise<string | undefined> => {
    say(`${args.name} was asked`);
    const [next, ...others] = through;
    if (next === undefined) return call().requestId;
    const to = await connect<{ pass(through: readonly string[]): Promise<string | undefined> }>(next);
    return await to.pass(others);
  },
};

await serve(args.name, implementation);
setInterval(() => {
  residentMiBMax = Math.max(residentMiBMax, Math.round(process.memoryUsage().rss / 1024 / 1024));
}, 200);

answer(
  { pid: process.pid },
  {
    /** Says lines at a steady rate; some of them belong to requests. */
    start: (perSecond: number) => {
      const [startedAt, before] = [performance.now(), written];
      timer = setInterval(() => {
        while (written - before < ((performance.now() - startedAt) / 1000) * perSecond) {
          insideRequest(`${args.name}-${Math.floor(written / 5)}`, () =>
            say(`GET /students/${written % 100} answered 200`),
          );
        }
      }, 5);
    },
    stop: () => clearInterval(timer),
    say,
    book: (): TalkerBook => {
      const { instance, waiting, dropped, status } = redirection;
      return { instance, written, waiting, dropped, status, residentMiBMax };
    },
    request: ({ id, through }: { id: string; through: readonly string[] }) =>
      insideRequest(id, async () => {
        say(`${args.name} begins`);
        const to = await connect<typeof implementation>(through[0] ?? "", { timeoutMs: 30_000, readyWithinMs: 30_000 });
        return await to.pass(through.slice(1));
      }),
    /** Says one more line, and is gone before anything could leave. */
    sayAndExit: (line: string) => {
      say(line);
      process.exit(0);
    },
  },
);
