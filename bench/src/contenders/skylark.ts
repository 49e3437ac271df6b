import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, connect, serve } from "skylark";
import type { Contender, Echo } from "../contender.js";

/** Ours as applications use it: registered in an embedded store, found in the directory, called by the typed client. */
export const skylark: Contender = {
  packages: ["skylark"],
  async serve() {
    const home = mkdtempSync(join(tmpdir(), "skylark-bench-"));
    process.once("exit", () => rmSync(home, { recursive: true, force: true }));
    await serve("bench", { echo: async (value: Echo) => value }, { application: applicationAt(home) });
    return { address: home };
  },
  async connect(home) {
    const application = applicationAt(home);
    const bench = await connect<{ echo(value: Echo): Promise<Echo> }>("bench", { application, readyWithinMs: 10_000 });
    return {
      echo: (value) => bench.echo(value),
      async close() {
        await application.close();
      },
    };
  },
};

function applicationAt(home: string): Application {
  return new Application({ settings: { home, logLevel: "error" } });
}
