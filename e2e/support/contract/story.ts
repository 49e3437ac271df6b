import { expect } from "vitest";
import { until } from "../until.js";
import { ContractProgram, type Pair, type Patch } from "./contract-program.js";
import { exchange } from "./exchange.js";

/** What happens among several programs, as `conformance/registry/stories.json` tells it. Its README tells the words. */
export interface Story {
  readonly name: string;
  readonly programs: Readonly<Record<string, ProgramWords>>;
  readonly steps: readonly Step[];
}

interface ProgramWords {
  readonly service?: string;
  readonly requires: readonly string[] | null;
  readonly refusesPatches?: readonly number[];
  readonly redirectsPatchesTo?: string;
  readonly hangsOnPatches?: boolean;
}

/** The programs' own names stand for them. */
interface PatchWords {
  readonly Added: readonly string[];
  readonly Removed: readonly string[];
}

type Step =
  | { readonly register: string; readonly status?: number }
  | { readonly unregister: string; readonly status?: number }
  | { readonly patches: Readonly<Record<string, readonly PatchWords[]>> }
  | { readonly noPatches: readonly string[] }
  | { readonly knows: Readonly<Record<string, readonly string[]>> }
  | { readonly refused: Readonly<Record<string, readonly number[]>> }
  | { readonly heartbeats: readonly string[] }
  | { readonly deaf: string }
  | { readonly hearing: string }
  | { readonly silent: string }
  | { readonly speaking: string };

/** Plays one story against a registry. Whoever opens it disposes it: nothing of it stays registered. */
export class Stage implements AsyncDisposable {
  readonly #registry: string;
  readonly #programs = new Map<string, ContractProgram>();
  /** How many of the patches that a program took have been spoken of. */
  readonly #spokenOf = new Map<ContractProgram, number>();

  private constructor(registry: string) {
    this.#registry = registry;
  }

  /** `suffix` keeps the names of one story apart from all that the registry knows besides. */
  static async open(registry: string, { programs }: Story, suffix: string): Promise<Stage> {
    const stage = new Stage(registry);
    const nameOf = (service: string): string => `${service}-${suffix}`;
    for (const [label, { service = label, requires }] of Object.entries(programs)) {
      stage.#programs.set(label, await ContractProgram.start(nameOf(service), requires?.map(nameOf) ?? null));
    }
    for (const [label, words] of Object.entries(programs)) stage.#setManner(label, words);
    return stage;
  }

  async play(step: Step): Promise<void> {
    if ("register" in step) return this.#register(step.register, step.status);
    if ("unregister" in step) return this.#unregister(step.unregister, step.status);
    if ("patches" in step) return this.#patches(step.patches);
    if ("noPatches" in step) return this.#patches(Object.fromEntries(step.noPatches.map((label) => [label, []])));
    if ("knows" in step) return this.#knows(step.knows);
    if ("refused" in step) return this.#refused(step.refused);
    if ("heartbeats" in step) return this.#heartbeats(step.heartbeats);
    if ("deaf" in step) this.#program(step.deaf).patches = { kind: "deaf" };
    else if ("hearing" in step) this.#program(step.hearing).patches = { kind: "taken" };
    else if ("silent" in step) this.#program(step.silent).heartbeat = "missed";
    else this.#program(step.speaking).heartbeat = "answered";
  }

  /** What the registry sent to anybody and is not in the contract. */
  get faults(): readonly string[] {
    return [...this.#programs].flatMap(([label, { faults }]) => faults.map((fault) => `${label}: ${fault}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.values()) await this.#ask("DELETE", "text/plain", program.url);
    for (const program of this.#programs.values()) await program[Symbol.asyncDispose]();
  }

  #setManner(label: string, { refusesPatches, redirectsPatchesTo, hangsOnPatches }: ProgramWords): void {
    const program = this.#program(label);
    if (refusesPatches) program.patches = { kind: "refused", statuses: [...refusesPatches] };
    if (hangsOnPatches) program.patches = { kind: "hanging" };
    if (redirectsPatchesTo === undefined) return;
    program.patches = { kind: "redirected", to: `${this.#program(redirectsPatchesTo).url}/services` };
  }

  async #register(label: string, status?: number): Promise<void> {
    const body = JSON.stringify(this.#program(label).registration);
    expectStatus(`registering ${label}`, await this.#ask("POST", "application/json", body), status);
  }

  async #unregister(label: string, status?: number): Promise<void> {
    expectStatus(`unregistering ${label}`, await this.#ask("DELETE", "text/plain", this.#program(label).url), status);
  }

  async #ask(method: string, type: string, text: string): Promise<number> {
    const body = Buffer.from(text);
    const headers = { "content-type": type, "content-length": String(body.length) };
    return (await exchange({ method, url: `${this.#registry}/services`, headers, body })).status;
  }

  /** Each of these has taken these patches since it was last spoken of, and no others. */
  async #patches(words: Readonly<Record<string, readonly PatchWords[]>>): Promise<void> {
    for (const [label, expected] of Object.entries(words)) {
      const program = this.#program(label);
      const from = this.#spokenOf.get(program) ?? 0;
      await until(`${label} takes ${expected.length} patches`, patienceMs, () => {
        return program.taken.length >= from + expected.length || `${program.taken.length - from}`;
      });
      const taken = program.taken.slice(from).map((patch) => this.#inWords(patch));
      expect({ [label]: taken }).toEqual({ [label]: expected.map(sorted) });
      this.#spokenOf.set(program, program.taken.length);
    }
  }

  async #knows(words: Readonly<Record<string, readonly string[]>>): Promise<void> {
    for (const [label, expected] of Object.entries(words)) {
      const program = this.#program(label);
      const wanted = JSON.stringify(expected.map((each) => this.#program(each).url).toSorted());
      await until(`${label} knows ${expected.join(" and ")}`, patienceMs, () => {
        const known = JSON.stringify([...program.knows].toSorted());
        return known === wanted || `${known} after ${JSON.stringify(program.taken.map((each) => this.#inWords(each)))}`;
      });
      this.#spokenOf.set(program, program.taken.length);
    }
  }

  async #refused(words: Readonly<Record<string, readonly number[]>>): Promise<void> {
    for (const [label, statuses] of Object.entries(words)) {
      const program = this.#program(label);
      await until(`${label} refuses ${statuses.join(", ")}`, patienceMs, () => {
        const seen = JSON.stringify(program.refused.slice(0, statuses.length));
        return seen === JSON.stringify(statuses) || seen;
      });
    }
  }

  async #heartbeats(labels: readonly string[]): Promise<void> {
    const before = new Map(labels.map((label) => [label, this.#program(label).heartbeats]));
    for (const [label, count] of before) {
      const isAsked = (): true | string => this.#program(label).heartbeats > count || "it is not";
      await until(`${label} is asked for its heartbeat`, patienceMs, isAsked);
    }
  }

  #program(label: string): ContractProgram {
    const program = this.#programs.get(label);
    if (!program) throw new Error(`the story knows no program ${JSON.stringify(label)}`);
    return program;
  }

  #inWords({ Added, Removed }: Patch): PatchWords {
    const label = ({ Name, URL }: Pair): string => {
      const found = [...this.#programs].find(([, { service, url }]) => service === Name && url === URL);
      return found?.[0] ?? `${Name} at ${URL}`;
    };
    return sorted({ Added: Added.map(label), Removed: Removed.map(label) });
  }
}

/** A mark takes a heartbeat's interval, three tries and a second; a patch that was refused for long comes again soon. */
const patienceMs = 30_000;

/** Nothing is said about the order within a list. */
function sorted({ Added, Removed }: PatchWords): PatchWords {
  return { Added: Added.toSorted(), Removed: Removed.toSorted() };
}

function expectStatus(what: string, status: number, expected: number | undefined): void {
  expect(`${what}: ${status}`).toBe(`${what}: ${expected ?? (status >= 200 && status < 300 ? status : "2xx")}`);
}
