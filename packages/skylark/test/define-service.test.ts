import { call, connect, defineService, type Handlers, SkylarkError, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { World } from "./world.js";

const Student = z.object({ id: z.number().int(), name: z.string().min(1), grades: z.array(z.number()) });

const Grading = defineService("grading", {
  version: "1.2.0",
  methods: {
    students: { output: z.array(Student), idempotent: true },
    addGrade: {
      input: z.object({ student: z.object({ id: z.number() }), grade: z.number().min(0).max(100).default(50) }),
      output: Student,
    },
    rename: {
      input: z
        .object({ id: z.coerce.number(), name: z.string().trim() })
        .refine(async ({ name }) => name !== "taken", { path: ["name"], error: "somebody has that name" }),
      output: z.string(),
    },
    forget: { input: z.number() },
    born: { output: z.date() },
  },
});

/** Handlers that count how often they run, and remember what they were given. */
function counted() {
  const given: unknown[] = [];
  const student = { id: 1, name: "Ada", grades: [50] };
  const handlers: Handlers<typeof Grading.methods> = {
    students: () => [student],
    addGrade: async (input, { remainingMs }) => {
      given.push(input, remainingMs > 0);
      return student;
    },
    rename: ({ id, name }) => {
      given.push(id, name, call().method);
      return name;
    },
    forget: async (input) => void given.push(input),
    born: () => new Date(0),
  };
  return { given, handlers };
}

async function grading(own: Partial<Handlers<typeof Grading.methods>> = {}) {
  const world = new World();
  const { given, handlers } = counted();
  await serve(Grading, { ...handlers, ...own }, { application: world.application() });
  const application = world.application();
  return { given, client: await connect(Grading, { application }), application };
}

function anyhow(value: unknown): never {
  return value as never;
}

describe("RPC-1.3 input is validated before the handler runs", () => {
  it("RPC-1.4 what does not fit is refused, names the field, and did not run", async () => {
    const { client, given } = await grading();
    const error = await client
      .addGrade(anyhow({ student: { id: "one" }, grade: 101 }))
      .catch((thrown: unknown) => thrown as SkylarkError);
    expect(error).toMatchObject({ code: "invalid_argument", reason: "VALIDATION", notExecuted: true });
    expect((error as SkylarkError).message).toContain("grading.addGrade refuses its input: student.id: ");
    expect((error as SkylarkError).details).toEqual({
      problems: [
        { field: "student.id", problem: expect.any(String) },
        { field: "grade", problem: expect.any(String) },
      ],
    });
    await expect(client.addGrade(anyhow(undefined))).rejects.toMatchObject({ code: "invalid_argument" });
    expect(given).toEqual([]);
  });

  it("handlers see what the schema made of it, and the call", async () => {
    const { client, given } = await grading();
    await client.addGrade({ student: { id: 1 } });
    expect(given).toEqual([{ student: { id: 1 }, grade: 50 }, true]);
    await client.rename({ id: "7", name: "  Ada " });
    expect(given.slice(2)).toEqual([7, "Ada", "rename"]);
  });

  it("asynchronous refinements are waited for", async () => {
    const { client, given } = await grading();
    await expect(client.rename({ id: 1, name: "taken" })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { problems: [{ field: "name", problem: "somebody has that name" }] },
    });
    expect(given).toEqual([]);
  });

  it("a method without input takes none", async () => {
    const { client } = await grading();
    await expect((client.students as (input: unknown) => Promise<unknown>)({ page: 2 })).rejects.toMatchObject({
      code: "invalid_argument",
      message: "grading.students refuses its input: this method takes no input; one was given",
    });
    expect(await client.students()).toHaveLength(1);
  });
});

describe("RPC-1.3 output is validated before it is sent", () => {
  it("RPC-1.4 a handler that breaks its contract fails internal, and the field is named", async () => {
    const { client } = await grading({ students: () => anyhow([{ id: 1, name: "", grades: [] }]) });
    await expect(client.students()).rejects.toMatchObject({
      code: "internal",
      reason: "VALIDATION",
      message: expect.stringContaining("grading.students broke its own contract: its output has 0.name: "),
      details: { problems: [{ field: "0.name", problem: expect.any(String) }] },
    });
  });

  it("what the schema does not know does not leave", async () => {
    const { client } = await grading({ students: () => anyhow([{ id: 1, name: "Ada", grades: [], secret: "x" }]) });
    expect(await client.students()).toEqual([{ id: 1, name: "Ada", grades: [] }]);
  });

  it("a method without output answers nothing, whatever its handler returns", async () => {
    const { client, given } = await grading({ forget: async () => anyhow({ secret: "x" }) });
    expect(await client.forget(1)).toBeUndefined();
    expect(given).toEqual([]);
  });

  it("values keep their type on the way", async () => {
    const { client } = await grading();
    expect(await client.born()).toEqual(new Date(0));
  });
});

describe("handlers", () => {
  it("may be an instance of a class", async () => {
    class Desk {
      #renamed = 0;
      students = () => [];
      addGrade(): z.infer<typeof Student> {
        return { id: ++this.#renamed, name: "Ada", grades: [] };
      }
      rename(): string {
        return String(++this.#renamed);
      }
      forget(): void {}
      born(): Date {
        return new Date(this.#renamed);
      }
    }
    const world = new World();
    await serve(Grading, new Desk(), { application: world.application() });
    const client = await connect(Grading, { application: world.application() });
    expect(await client.rename({ id: 1, name: "a" })).toBe("1");
    expect(await client.addGrade({ student: { id: 1 } })).toMatchObject({ id: 2 });
  });

  it("are refused where one is missing, and it is named", async () => {
    const application = new World().application();
    const { students: _, ...rest } = counted().handlers;
    await expect(serve(Grading, anyhow(rest), { application })).rejects.toMatchObject({
      code: "invalid_argument",
      message: "grading.students is in the contract, but there is no function for it",
    });
    const Odd = defineService("odd", { version: "1", methods: { toString: { output: z.string() } } });
    await expect(serve(Odd, anyhow({}), { application })).rejects.toMatchObject({ code: "invalid_argument" });
    expect(application.served).toEqual([]);
  });

  it("that throw are heard as they threw", async () => {
    const { client } = await grading({
      rename: () => {
        throw new SkylarkError("permission_denied", "only the dean renames");
      },
    });
    await expect(client.rename({ id: 1, name: "a" })).rejects.toMatchObject({
      code: "permission_denied",
      message: "only the dean renames",
      notExecuted: false,
    });
  });
});

describe("a contract", () => {
  it("is called with the options of a single call like anything else", async () => {
    const { client } = await grading();
    expect(await client.with({ version: "1", timeoutMs: 60_000 }).students()).toHaveLength(1);
    await expect(client.with({ version: "2", wait: false }).students()).rejects.toMatchObject({
      reason: "NO_INSTANCE",
    });
  });

  it("HTTP-GET-1 is refused where it offers by GET what must not be repeated", () => {
    expect(() => defineService("grading", { version: "1", methods: { add: { http: "GET" } } })).toThrow(
      "grading.add is to be called by GET, which browsers and proxies repeat: say idempotent: true",
    );
  });

  it("is refused without methods, and with a method that no client could call", () => {
    expect(() => defineService("empty", { version: "1", methods: {} })).toThrow('"empty" has no methods');
    for (const name of ["then", "_private", "constructor", "toJSON", "with"]) {
      expect(() => defineService("odd", { version: "1", methods: { [name]: {} } }), name).toThrow(
        expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(`"${name}"`) }),
      );
    }
  });

  it("without a word of schema is still a contract", async () => {
    const Bare = defineService("bare", { version: "1", methods: { ring: {} } });
    const world = new World();
    let rings = 0;
    await serve(Bare, { ring: () => void rings++ }, { application: world.application() });
    const client = await connect(Bare, { application: world.application() });
    expect(await client.ring()).toBeUndefined();
    expect(rings).toBe(1);
  });
});
