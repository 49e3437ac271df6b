import type { StandardSchemaV1 } from "@standard-schema/spec";
import { defineService } from "skylark";
import { z } from "zod";
import { lineLevels } from "./line/level.js";
import { lineLimits } from "./line/line.js";
import type { LogPage } from "./search/query.js";

/** Lines of one batch: what a process writes in a twentieth of a second, many times over. */
export const batchLinesMax = 2000;

const Name = z.string().min(1).max(lineLimits.nameLettersMax);
const Time = z.iso.datetime();
const Count = z.number().int().min(0);
const Level = z.enum(lineLevels);

const Sent = z.object({
  time: Time,
  sequence: z.number().int().min(1),
  level: Level,
  message: z.string(),
  request: Name.optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
});

const Batch = z.object({ origin: Name, instance: Name, lines: z.array(Sent).max(batchLinesMax) });

const Query = z.object({
  since: Time.optional(),
  until: Time.optional(),
  level: Level.optional(),
  origin: Name.optional(),
  instance: Name.optional(),
  request: Name.optional(),
  text: z.string().max(1000).optional(),
  order: z.enum(["oldest", "newest"]).optional(),
  limit: Count.optional(),
  last: Count.optional(),
  from: Count.optional(),
  follow: z.boolean().optional(),
});

const Line = z.object({
  time: z.string(),
  received: z.string(),
  origin: z.string(),
  instance: z.string(),
  sequence: z.number(),
  level: Level,
  message: z.string(),
  request: z.string().optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
});

const PageShape = z.object({
  lines: z.array(Line),
  position: Count,
  missed: Count,
  unreadable: Count,
  caughtUp: z.boolean(),
});

/** Described as what it is, and not looked at again: each line was checked when it was read from the disk. */
const Page: StandardSchemaV1<LogPage, LogPage> = {
  "~standard": { ...PageShape["~standard"], types: undefined, validate: (value) => ({ value: value as LogPage }) },
};

/** The log service, as everybody calls it. Its name is "log". */
export const Logs = defineService("log", {
  version: "1.0.0",
  methods: {
    append: {
      input: Batch,
      output: z.object({ kept: Count, repeated: Count }),
      idempotent: true,
      description:
        "Keeps those lines of an instance that are beyond the last one known of it; whoever sends them has one batch under way at a time.",
    },
    read: {
      input: Query,
      stream: Page,
      idempotent: true,
      description: "The lines that fit, page by page; where the query follows, then what is new, as it comes.",
    },
  },
});
