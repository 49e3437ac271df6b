import { connect, SkylarkError } from "skylark";

interface Printer {
  print(text: string): Promise<void>;
}

const printer = await connect<Printer>("printer", { wait: false });
export const problem = await printer.print("notes").catch((error: unknown) => {
  if (SkylarkError.is(error, "unavailable")) return `${error.reason}: ${error.message}`;
  throw error;
});
