/** One thing that must hold before a change is done. */
export interface Step {
  readonly name: string;
  /** Run one after the other; the first that fails ends the step. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** Runs tests, which are counted, and whose progress is shown while they run. */
  readonly tests?: boolean;
}

const script = (name: string, ...args: string[]): [string, ...string[]] => ["tsx", `scripts/${name}.ts`, ...args];

/** In this order: what is cheap and says most comes first. */
export const steps: readonly Step[] = [
  { name: "tidy", commands: [script("tidy")] },
  { name: "layers", commands: [script("layers")] },
  { name: "requirements", commands: [script("requirements")] },
  { name: "mutants", commands: [script("mutants", "--check")] },
  { name: "format", commands: [["biome", "check", "."]] },
  // types before lint: the linter's rules with types read the declarations that the build makes
  { name: "types", commands: [["tsc", "-b"]] },
  { name: "lint", commands: [["oxlint", "--type-aware"], ["knip"], script("publint")] },
  { name: "unit", commands: [["vitest", "run", "--project", "unit"]], tests: true },
  { name: "contract", commands: [["vitest", "run", "--project", "contract"]], tests: true },
  { name: "e2e", commands: [["vitest", "run", "--config", "vitest.e2e.config.ts"]], tests: true },
];
