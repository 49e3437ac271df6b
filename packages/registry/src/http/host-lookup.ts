import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { type Clock, type Deferred, deferred } from "@skylark/core/internal";

/** Asks the system for all addresses of a host. */
export type AskSystem = (host: string) => Promise<readonly LookupAddress[]>;

interface Known {
  /** The answer that counts, until there is a newer one. */
  readonly answer: Promise<readonly LookupAddress[]>;
  readonly staleAt: number;
}

/**
 * The addresses of hosts. The system's own look-up keeps one of a few threads of this process busy for as long as it takes,
 * which for a name that nobody answers for is many seconds. So a host is asked for once at a time, few are at once, and an
 * answer that was good stays in use while it is asked for again: those who cannot be found delay nobody who was found before.
 */
export class HostLookup {
  readonly #askSystem: AskSystem;
  readonly #clock: Pick<Clock, "now">;
  readonly #known = new Map<string, Known>();
  readonly #waiting: Deferred<void>[] = [];
  #asking = 0;

  constructor(clock: Pick<Clock, "now">, askSystem: AskSystem = askSystemItself) {
    this.#clock = clock;
    this.#askSystem = askSystem;
  }

  /** As `net.connect` wants it. */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.addresses(host).then(
      (addresses) => answer(addresses, host, options, done),
      (thrown: unknown) => done(thrown as NodeJS.ErrnoException, ""),
    );
  };

  addresses(host: string): Promise<readonly LookupAddress[]> {
    if (/^(.+\.)?localhost\.?$/i.test(host)) return Promise.resolve(ownAddresses); // RFC 6761, 6.3
    const known = this.#known.get(host);
    if (known && this.#clock.now() < known.staleAt) return known.answer;
    const asked = this.#ask(host);
    const answer = known ? known.answer.catch(() => asked) : asked;
    this.#keep(host, { answer, staleAt: Number.POSITIVE_INFINITY }); // asked for once at a time
    const settled = (): void => this.#keep(host, { answer: asked, staleAt: this.#clock.now() + freshMs });
    asked.then(settled, known ? () => this.#keep(host, { ...known, staleAt: this.#clock.now() + freshMs }) : settled);
    return answer;
  }

  #keep(host: string, known: Known): void {
    this.#known.delete(host);
    this.#known.set(host, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > hostsMax && oldest !== undefined) this.#known.delete(oldest);
  }

  async #ask(host: string): Promise<readonly LookupAddress[]> {
    while (this.#asking >= askingMax) {
      const turn = deferred();
      this.#waiting.push(turn);
      await turn.promise;
    }
    this.#asking++;
    try {
      return await this.#askSystem(host);
    } finally {
      this.#asking--;
      this.#waiting.shift()?.resolve();
    }
  }
}

/** A host that moved is found again after so long. */
const freshMs = 10_000;
/** Half of the threads that a process has for such things, unless it was told otherwise. */
const askingMax = 2;
/** As many hosts as participants. */
const hostsMax = 5000;

const ownAddresses: readonly LookupAddress[] = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

function answer(
  addresses: readonly LookupAddress[],
  host: string,
  { family, all }: LookupOptions,
  done: Parameters<LookupFunction>[2],
): void {
  const wanted = family === "IPv4" ? 4 : family === "IPv6" ? 6 : (family ?? 0);
  const fitting = addresses.filter((each) => wanted === 0 || each.family === wanted);
  const [first] = fitting;
  if (!first) done(Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" }), "");
  else if (all) done(null, [...fitting]);
  else done(null, first.address, first.family);
}

function askSystemItself(host: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}
