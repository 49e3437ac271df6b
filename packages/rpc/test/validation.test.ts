import type { SkylarkError } from "@skylark/core";
import type { FieldProblem } from "@skylark/rpc";
import type { Service } from "@skylark/rpc/internal";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { expect, it } from "vitest";
import { z } from "zod";
import { failureOf } from "./support/until.js";
import { overEachNetwork } from "./support/world.js";

const Grade = z.object({ subject: z.string().min(1), points: z.number().int().max(15) });

function service(
  schemas: { input?: StandardSchemaV1; output?: StandardSchemaV1 },
  run: (args: unknown[]) => unknown,
): Service & { executed: number } {
  const counted: Service & { executed: number } = {
    name: "grading",
    version: "1",
    executed: 0,
    methods: new Map([
      [
        "add",
        {
          shape: "unary",
          idempotent: false,
          ...schemas,
          run: (_call, args) => {
            counted.executed++;
            return run(args);
          },
        },
      ],
    ]),
  };
  return counted;
}

function problemsOf(error: unknown): readonly FieldProblem[] {
  return (error as SkylarkError & { details: { problems: FieldProblem[] } }).details.problems;
}

overEachNetwork("contracts", (world) => {
  it("RPC-1.3 let input through that fits, as the schema makes it", async () => {
    const input = Grade.extend({ note: z.string().default("none") });
    const offered = service({ input, output: z.string() }, ([grade]) => JSON.stringify(grade));
    const channel = world().channel("grading", [await world().provide([offered])]);
    const grade = { subject: "physics", points: 13, smuggled: true };
    expect(JSON.parse((await channel.call("add", [grade])) as string)).toEqual({
      subject: "physics",
      points: 13,
      note: "none",
    });
  });

  it("RPC-1.3 RPC-1.4 refuse input before the handler runs, and name the field", async () => {
    const offered = service({ input: z.object({ student: z.number(), grades: z.array(Grade) }) }, () => "ran");
    const channel = world().channel("grading", [await world().provide([offered])]);
    const wrong = {
      student: 7,
      grades: [
        { subject: "physics", points: 13 },
        { subject: "", points: 99 },
      ],
    };
    const error = (await failureOf(channel.call("add", [wrong]))) as SkylarkError;
    expect(error).toMatchObject({ code: "invalid_argument", reason: "VALIDATION", notExecuted: true });
    expect(problemsOf(error).map(({ field }) => field)).toEqual(["grades.1.subject", "grades.1.points"]);
    expect(error.message).toMatch(/^grading\.add refuses its input: grades\.1\.subject: .*; grades\.1\.points: /);
    for (const nothing of [[], [null], ["text"]]) {
      const refused = await failureOf(channel.call("add", nothing));
      expect(refused).toMatchObject({ code: "invalid_argument" });
      expect(problemsOf(refused)[0]?.field).toBe("");
    }
    expect(offered.executed).toBe(0);
  });

  it("RPC-1.3 RPC-1.4 wait for schemas that take their time", async () => {
    const known = z.object({
      id: z.number().refine(async (id) => (await Promise.resolve(id)) < 10, { message: "no such student" }),
    });
    const offered = service({ input: known, output: known }, ([student]) => student);
    const channel = world().channel("grading", [await world().provide([offered])]);
    expect(await channel.call("add", [{ id: 7 }])).toEqual({ id: 7 });
    const error = await failureOf(channel.call("add", [{ id: 70 }]));
    expect(error).toMatchObject({ code: "invalid_argument", reason: "VALIDATION", notExecuted: true });
    expect(problemsOf(error)).toEqual([{ field: "id", problem: "no such student" }]);
    expect(offered.executed).toBe(1);
  });

  it("RPC-1.4 call a broken output the provider's own fault, and name the field", async () => {
    const results: unknown[] = [{ subject: "physics", points: 99 }, Promise.resolve({ points: 1 })];
    const offered = service({ output: Grade }, () => results.shift());
    const channel = world().channel("grading", [await world().provide([offered])]);
    for (const field of ["points", "subject"]) {
      const error = (await failureOf(channel.call("add", []))) as SkylarkError;
      expect(error).toMatchObject({ code: "internal", reason: "VALIDATION", notExecuted: false });
      expect(problemsOf(error)[0]?.field).toBe(field);
      expect(error.message).toContain("broke its own contract");
    }
  });

  it("RPC-1.3 work with any Standard Schema, also one that throws or names segments as objects", async () => {
    const schema = (validate: StandardSchemaV1["~standard"]["validate"]): StandardSchemaV1 => ({
      "~standard": { version: 1, vendor: "own", validate },
    });
    const refusing = schema(() => ({ issues: [{ message: "never", path: [{ key: "a" }, 0, Symbol("s")] }] }));
    const offered = service({ input: refusing }, () => "ran");
    const throwing = {
      ...service(
        {
          input: schema(() => {
            throw new Error("schema broke");
          }),
        },
        () => "ran",
      ),
      name: "other",
    };
    const provider = await world().provide([offered, throwing]);
    const error = await failureOf(world().channel("grading", [provider]).call("add", [1]));
    expect(problemsOf(error)).toEqual([{ field: "a.0.Symbol(s)", problem: "never" }]);
    await expect(world().channel("other", [provider]).call("add", [1])).rejects.toMatchObject({
      code: "unknown",
      message: "schema broke",
    });
    expect(offered.executed).toBe(0);
  });
});
