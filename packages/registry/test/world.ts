import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Coordination } from "@skylark/coordination";
import { type LogLevel, silentLog } from "@skylark/core";
import { randomId, systemClock, systemRandom } from "@skylark/core/internal";
import { type InstanceRecord, Registration, readSystem } from "@skylark/discovery/internal";
import { Application } from "skylark";
import { onTestFinished } from "vitest";
import { openRegistry, type Registry, type RegistryOptions } from "../src/registry.js";
import { PlainProgram } from "./plain-program.js";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A registry as programs see it: by its URL. */
export interface RunningRegistry {
  readonly application: Application;
  readonly registry: Registry;
  readonly url: string;
  post(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(url: string): Promise<Answer>;
  /** Registers a program that is taken. */
  add(program: PlainProgram): Promise<void>;
}

/** One system of a test: a store, registries, and programs. When the test is over, nothing of them is left. */
export class World {
  readonly home = mkdtempSync(join(tmpdir(), "sky-"));
  readonly said: { readonly level: LogLevel; readonly message: string }[] = [];
  readonly #applications: Application[] = [];
  readonly #programs: PlainProgram[] = [];

  constructor() {
    onTestFinished(() => this.#end());
  }

  application(): Application {
    const application = new Application({
      settings: { home: this.home },
      log: (level, message) => void this.said.push({ level, message }),
    });
    this.#applications.push(application);
    return application;
  }

  async coordination(): Promise<Coordination> {
    return await (this.#applications[0] ?? this.application()).coordination();
  }

  async registry(options: Omit<RegistryOptions, "application"> = {}): Promise<RunningRegistry> {
    const application = this.application();
    const registry = await openRegistry({ ...options, application });
    const url = `${application.url}/services`;
    const ask = (method: string, body: string, type: string, headers = {}): Promise<Answer> =>
      fetch(url, { method, body, headers: { "content-type": type, ...headers } }).then(answered);
    const post = (body: unknown, headers = {}): Promise<Answer> =>
      ask("POST", typeof body === "string" ? body : JSON.stringify(body), "application/json", headers);
    const add = async (program: PlainProgram): Promise<void> => {
      const { status, body } = await post(program.registration);
      if (status !== 200) throw new Error(`${program.name} was not taken: ${JSON.stringify(body)}`);
    };
    return { application, registry, url, post, add, delete: (which) => ask("DELETE", which, "text/plain") };
  }

  /** A Skylark service that is reached by HTTP as well, as the store lists it. */
  async native(service: string, url: string): Promise<Registration> {
    const { host, port } = new URL(url);
    const record: InstanceRecord = {
      id: randomId(),
      service,
      version: "1.0.0",
      address: `tcp://${host}`,
      protocol: "skylark",
      url,
      region: "local",
      zone: "",
      host: "mars",
      tags: [],
      weight: 100,
      pid: Number(port),
      startedAt: new Date().toISOString(),
      nonce: randomId(),
      registered: true,
      state: "serving",
      requires: [],
    };
    const keeping = { clock: systemClock, random: systemRandom, log: silentLog, onTransition: () => {} };
    const registration = new Registration(await this.coordination(), "default", record, keeping);
    await registration.start();
    return registration;
  }

  /** A program that listens, and is not registered yet. */
  async program(name: string, requires: readonly string[] | null = []): Promise<PlainProgram> {
    const program = new PlainProgram(name, requires);
    await program.listen();
    this.#programs.push(program);
    return program;
  }

  /** `service url` of everything that the store lists. */
  async listed(): Promise<readonly string[]> {
    const { services } = await readSystem(await this.coordination(), "default");
    return services.flatMap(({ instances }) => instances.map(({ service, url }) => `${service} ${url}`));
  }

  async #end(): Promise<void> {
    // the first hosts the store: it goes last, so that the others find it when they leave
    for (const application of this.#applications.toReversed()) await application.close();
    await Promise.all(this.#programs.map((program) => program.stop()));
    rmSync(this.home, { recursive: true, force: true });
  }
}

export async function answered(response: Response): Promise<Answer> {
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
}

/** Asks until it holds; the test's own time limit ends the wait. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
