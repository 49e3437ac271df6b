import { parseArgs } from "node:util";
import { application, call, connect, defineService, SkylarkError, serve } from "skylark";
import { z } from "zod";
import { answer } from "./side.js";

/** A process for the tests of `sky`: a service with a contract, and a plain one that uses it. */

const { values: args } = parseArgs({
  options: {
    version: { type: "string", default: "1.2.0" },
    /** Started out of rotation. */
    idle: { type: "boolean", default: false },
  },
});

const Student = z.object({ id: z.number().int(), name: z.string() });
const NewGrade = z.object({ studentId: z.number().int(), grade: z.enum(["A", "B", "C"]) });

const Grading = defineService("grading", {
  version: args.version,
  methods: {
    students: { output: z.array(Student), idempotent: true, description: "All students, by name." },
    addGrade: { input: NewGrade, output: NewGrade.extend({ id: z.number().int() }) },
    whoServes: { output: z.string(), idempotent: true },
    student: { input: z.number(), output: Student },
  },
});

const ended: (() => void)[] = [];

/** Without a contract, and with what sets arguments and answers apart. */
const notes = {
  echo: async (...values: unknown[]) => values,
  metadata: async () => call().metadata,
  nothing: async () => undefined,
  bytes: async () => Buffer.from("sky"),
  /** Ends when the test says so. */
  held: () => new Promise<string>((resolve) => ended.push(() => resolve("held to the end"))),
};

const register = !args.idle;
const grading = await serve(
  Grading,
  {
    students: () => [
      { id: 1, name: "Ada" },
      { id: 2, name: "Grace" },
    ],
    addGrade: (input) => ({ ...input, id: 7 }),
    whoServes: () => application().instance,
    student: (id) => {
      throw new SkylarkError("not_found", `there is no student ${id}`, { details: { id } });
    },
  },
  { register },
);
await serve("notes", notes, { version: "nightly", register });
await connect("grading", { application: application() });

answer(
  { instance: grading.instance, address: grading.address, pid: process.pid },
  {
    /** How many calls of `held` are running. */
    heldCalls: () => ended.length,
    release: () => {
      for (const end of ended.splice(0)) end();
    },
    status: () => application().served.map(({ name, status }) => ({ name, status })),
  },
);
