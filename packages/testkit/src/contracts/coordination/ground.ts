import type { Coordination, SessionStatus } from "@skylark/coordination";
import { type Deferred, deferred } from "@skylark/core/internal";
import { afterAll, afterEach, beforeAll, beforeEach, type TestContext } from "vitest";
import type { CoordinationFixture } from "./fixture.js";

/** Where one test stands: a store, a key of its own, and the clients it opened, closed behind it. */
export class Ground {
  #fixture: CoordinationFixture | undefined;
  #clients: Coordination[] = [];
  #tests = 0;

  constructor(open: () => Promise<CoordinationFixture>) {
    beforeAll(async () => {
      this.#fixture = await open();
    });
    beforeEach(() => {
      this.#tests += 1;
    });
    afterEach(async () => {
      const clients = this.#clients;
      this.#clients = [];
      await Promise.all(clients.map((client) => client.close()));
    });
    afterAll(async () => {
      await this.#fixture?.dispose();
    });
  }

  get fixture(): CoordinationFixture {
    if (this.#fixture === undefined) throw new Error("the fixture is open only while a test runs");
    return this.#fixture;
  }

  /** `/t7/a/b` for `at("a/b")` in the seventh test. */
  at(path: string): string {
    return path === "" ? `/t${this.#tests}` : `/t${this.#tests}/${path}`;
  }

  async client(options?: { readonly ttlMs?: number }): Promise<Coordination> {
    const client = await this.fixture.client(options);
    this.#clients.push(client);
    return client;
  }

  /** One whose session lives through whatever keeps a busy machine from its work: for all tests that wait for no expiry. */
  lasting(): Promise<Coordination> {
    return this.client({ ttlMs: 30_000 });
  }

  /** What this fixture can do to a connection; a fixture that cannot skips the test, and the report counts it. */
  needs<Name extends "cutConnection" | "stall" | "forgetHistory">(
    name: Name,
    context: TestContext,
  ): NonNullable<CoordinationFixture[Name]> {
    const ability = this.fixture[name];
    if (ability === undefined) return context.skip(`the fixture has no ${name}`);
    return ability.bind(this.fixture) as NonNullable<CoordinationFixture[Name]>;
  }
}

/** The statuses a session goes through, with someone waiting for one of them. */
export class SessionRecord {
  readonly statuses: SessionStatus[];
  #waiting: { readonly met: (statuses: readonly SessionStatus[]) => boolean; readonly done: Deferred<void> }[] = [];

  constructor(client: Coordination) {
    this.statuses = [client.session];
    client.onSession((status) => {
      this.statuses.push(status);
      this.#waiting = this.#waiting.filter(({ met, done }) => {
        if (!met(this.statuses)) return true;
        done.resolve();
        return false;
      });
    });
  }

  async until(met: (statuses: readonly SessionStatus[]) => boolean): Promise<void> {
    if (met(this.statuses)) return;
    const done = deferred();
    this.#waiting.push({ met, done });
    await done.promise;
  }
}
