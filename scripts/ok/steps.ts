/** One thing that must hold before a change is done. */
export interface Step {
  readonly name: string;
  /** Run one after the other; the first that fails ends the step. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** Runs tests, which are counted, and whose progress is shown while they run. */
  readonly tests?: boolean;
  /** A step whose output this one reads; it goes on when that one failed. */
  readonly needs?: string;
}

const script = (name: string, ...args: string[]): [string, ...string[]] => ["tsx", `scripts/${name}.ts`, ...args];

/** In this order: what is cheap and says most comes first. */
const steps: readonly Step[] = [
  { name: "tidy", commands: [script("tidy")] },
  { name: "layers", commands: [script("layers")] },
  { name: "requirements", commands: [script("requirements")] },
  { name: "mutants", commands: [script("mutants", "--check")] },
  { name: "format", commands: [["biome", "check", "."]] },
  // types before lint: the linter's rules with types read the declarations that the build makes
  { name: "types", commands: [["tsc", "-b"]] },
  { name: "lint", commands: [["oxlint", "--type-aware"], ["knip"], script("publint")], needs: "types" },
  { name: "unit", commands: [["vitest", "run", "--project", "unit"]], tests: true },
  { name: "contract", commands: [["vitest", "run", "--project", "contract"]], tests: true },
  { name: "e2e", commands: [["vitest", "run", "--config", "vitest.e2e.config.ts"]], tests: true, needs: "types" },
];

/** The steps of these names and those they need, in order; all of them for no name. */
export function stepsFor(names: readonly string[]): readonly Step[] {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    throw new Error(`no step is called ${unknown.join(", ")}; there are ${steps.map(({ name }) => name).join(", ")}`);
  }
  const needed = steps.flatMap(({ name, needs }) => (names.includes(name) && needs !== undefined ? [needs] : []));
  return names.length === 0 ? steps : steps.filter(({ name }) => names.includes(name) || needed.includes(name));
}
