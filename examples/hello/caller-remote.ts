import { greet } from "./greeter.remote.js";

/** A file of an application: it calls a function, and does not know where that runs. */
export async function welcome(names: readonly string[]): Promise<string> {
  const greetings = await Promise.all(names.map((name) => greet(name)));
  return greetings.join("\n");
}
