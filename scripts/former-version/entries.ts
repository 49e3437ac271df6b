import { mkdirSync } from "node:fs";
import { moduleOf } from "./module-of.js";

type Skylark = typeof import("skylark");
type Discovery = typeof import("@skylark/discovery/internal");

export interface RecordedEntry {
  readonly key: string;
  readonly value: unknown;
}

/** What a process of the former version that serves and calls is listed as, and what operators wrote of it. */
export async function recordEntries(folder: string, home: string): Promise<{ entries: readonly RecordedEntry[] }> {
  const { Application, connect, serve } = await moduleOf<Skylark>(folder, "skylark/dist/index.js");
  const { setOverride } = await moduleOf<Discovery>(folder, "discovery/dist/internal.js");
  mkdirSync(home, { mode: 0o700 });
  const settings = { home, coordination: "embedded", logLevel: "error" } as const;
  const application = new Application({ name: "gradebook", settings: { ...settings, tags: ["blue"], zone: "a" } });
  const options = { application, version: "1.2.0", requires: ["log"] };
  const served = await serve("grading", { students: () => [] }, options);
  await connect("grading", { application });
  const coordination = await application.coordination();
  const mark = { state: "suspect", by: "registry" };
  await setOverride(coordination, "default", "grading", served.instance, { registered: false, weight: 3, mark });
  const entries = await new Promise<readonly RecordedEntry[]>((resolve) => {
    coordination.watch("/skylark", (event) => {
      if (event.kind === "snapshot") resolve(event.entries.map(({ key, value }) => ({ key, value })));
    });
  });
  await application.close();
  return { entries: entries.map(anywhere) };
}

/** Without the name of this machine. */
function anywhere({ key, value }: RecordedEntry): RecordedEntry {
  const fields = value as Readonly<Record<string, unknown>>;
  return { key, value: "host" in fields ? { ...fields, host: "mars" } : fields };
}
