import { connect, defineService, serve } from "skylark";
import { z } from "zod";

export const seen: string[] = [];

export const Lessons = defineService("lessons", {
  version: "1.0.0",
  methods: {
    watchGrades: { input: z.object({ from: z.number() }), stream: z.object({ points: z.number() }) },
  },
});

await serve(Lessons, {
  async *watchGrades({ from }) {
    try {
      for (let points = from; ; points++) yield { points };
    } finally {
      seen.push("its reader has gone"); // or this instance leaves
    }
  },
});

const lessons = await connect(Lessons);
for await (const { points } of lessons.watchGrades({ from: 80 })) {
  seen.push(`${points} points`);
  if (points === 82) break;
}
