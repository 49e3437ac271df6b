import { connect, defineService, SkylarkError, serve } from "skylark";
import { z } from "zod";

const Student = z.object({ id: z.number().int(), name: z.string() });

export const Registry = defineService("registry", {
  version: "1.0.0",
  methods: {
    all: { output: z.array(Student), idempotent: true, description: "All students, by name." },
    enroll: { input: z.object({ name: z.string().trim().min(1) }), output: Student },
    close: {},
  },
});

const enrolled: z.infer<typeof Student>[] = [];

await serve(Registry, {
  all: () => enrolled,
  enroll: async ({ name }) => {
    const student = { id: enrolled.length + 1, name };
    enrolled.push(student);
    return student;
  },
  close: () => {
    throw new SkylarkError("failed_precondition", "the term has not ended");
  },
});

const registry = await connect(Registry);
export const ada = await registry.enroll({ name: "  Ada " });
export const refused = await registry.enroll({ name: " " }).catch((error: unknown) => error);
export const stillOpen = await registry.close().catch((error: unknown) => error);
