import type { MethodEntry, ServiceEntry } from "../wire/handshake.js";

interface OfferedService {
  readonly version: string;
  readonly methods: ReadonlyMap<string, MethodEntry>;
}

/** What the other side of a connection offers, and which of it is leaving. A new one takes its place when that changes. */
export class ServiceTable {
  readonly #services: ReadonlyMap<string, OfferedService>;
  readonly #leaving: ReadonlySet<string>;

  constructor(services: readonly ServiceEntry[], leaving: Iterable<string> = []) {
    this.#services = new Map(
      services.map(({ name, version, methods }) => [
        name,
        { version, methods: new Map(methods.map((method) => [method.name, method])) },
      ]),
    );
    this.#leaving = new Set(leaving);
  }

  find(service: string, method: string): MethodEntry | undefined {
    return this.#services.get(service)?.methods.get(method);
  }

  offers(service: string): boolean {
    return this.#services.has(service);
  }

  isLeaving(service: string): boolean {
    return this.#leaving.has(service);
  }

  get services(): ServiceEntry[] {
    return [...this.#services].map(([name, { version, methods }]) => ({
      name,
      version,
      methods: [...methods.values()],
    }));
  }

  /** These services are leaving. */
  withLeaving(names: readonly string[]): ServiceTable {
    return new ServiceTable(this.services, [...this.#leaving, ...names]);
  }

  /** What is offered changed. A service that left and is offered anew is here to stay: its methods have new numbers. */
  replacedBy(services: readonly ServiceEntry[]): ServiceTable {
    const stillLeaving = services.filter(({ name, methods }) => {
      return this.#leaving.has(name) && methods.every(({ id, name: method }) => this.find(name, method)?.id === id);
    });
    return new ServiceTable(
      services,
      stillLeaving.map(({ name }) => name),
    );
  }
}
