import { serve } from "skylark";

const greeter = {
  greet: async (name: string) => `Hello, ${name}, from process ${process.pid}!`,
};
export type Greeter = typeof greeter;

await serve("greeter", greeter);
