import type { GradingBook } from "../../programs/grading-caller.js";
import type { Program } from "../program.js";
import type { World } from "../world.js";
import { fileOf, type Version } from "./version.js";

/** What became of all calls and grades, and of the processes that left. */
export interface GradebookBalance {
  readonly calls: number;
  readonly failures: readonly string[];
  /** Ids of grades that were acknowledged, and of all that are kept. */
  readonly added: readonly string[];
  readonly stored: readonly string[];
  readonly receipts: readonly string[];
  readonly exits: readonly (number | string)[];
}

export interface GradebookVersions {
  readonly log: Version;
  readonly gradings: readonly Version[];
  readonly callers: readonly Version[];
}

/** The log service and grading, in processes of either version, under calls by both. */
export class MixedGradebook {
  readonly #world: World;
  readonly #gradings: Program[];
  readonly #callers: readonly Program[];
  readonly #receipts: string[] = [];
  readonly #exits: (number | string)[] = [];
  #log: Program;

  private constructor(world: World, log: Program, gradings: Program[], callers: readonly Program[]) {
    this.#world = world;
    this.#log = log;
    this.#gradings = gradings;
    this.#callers = callers;
  }

  /** Resolves when the callers call. */
  static async start(world: World, { log, gradings, callers }: GradebookVersions): Promise<MixedGradebook> {
    const started = await world.start(main(log, "log"));
    const providers: Program[] = [];
    for (const version of gradings) providers.push(await world.start(main(version, "grading")));
    const programs: Program[] = [];
    for (const version of callers) programs.push(await world.start(fileOf(version, "e2e/programs/grading-caller.ts")));
    for (const caller of programs) await caller.ask("start", 100);
    return new MixedGradebook(world, started, providers, programs);
  }

  async replaceGrading(at: number, version: Version): Promise<void> {
    await this.#terminate(this.#gradings[at] as Program);
    this.#gradings[at] = await this.#world.start(main(version, "grading"));
  }

  async replaceLog(version: Version): Promise<void> {
    await this.#terminate(this.#log);
    this.#log = await this.#world.start(main(version, "log"));
  }

  /** Ends the calls, and reckons. */
  async balance(): Promise<GradebookBalance> {
    const books: GradingBook[] = [];
    for (const caller of this.#callers) books.push(await caller.ask<GradingBook>("stop"));
    return {
      calls: books.reduce((sum, { made }) => sum + made, 0),
      failures: books.flatMap(({ failures }) => failures),
      added: books.flatMap(({ added }) => added),
      stored: (await this.#callers[0]?.ask<string[]>("stored")) ?? [],
      receipts: this.#receipts,
      exits: this.#exits,
    };
  }

  async #terminate(program: Program): Promise<void> {
    this.#exits.push(await program.terminate());
    this.#receipts.push(...(program.output.match(/drain receipt: .*/g) ?? []));
  }
}

function main(version: Version, part: string): URL {
  return fileOf(version, `examples/gradebook/dist/${part}/main.js`);
}
