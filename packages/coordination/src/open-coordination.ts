import { type Log, SkylarkError, silentLog } from "@skylark/core";
import { type Clock, deferred, type Random, systemClock, systemRandom, type Timer } from "@skylark/core/internal";
import { connectionResources, socketTransport, type Transport } from "@skylark/rpc/internal";
import { EmbeddedEngine } from "./client/embedded-engine.js";
import { driverOf } from "./drivers/open-driver.js";
import { hostDial } from "./embedded/dial.js";
import { Election, Guest } from "./embedded/election.js";
import { homeAt, homePath } from "./embedded/home.js";
import { startHostThread } from "./embedded/host-thread.js";
import type { StartHost } from "./embedded/running-host.js";
import { embeddedStatus } from "./embedded/store-status.js";
import { StoreClient } from "./engine/store-client.js";
import { type Coordination, coordinationLimits } from "./port.js";

export interface CoordinationOptions {
  /**
   * Where the store is: `embedded`, the store of this machine, which the first process hosts; or an ensemble, as
   * `zookeeper://[user:password@]host:port[,host:port…][/chroot][?…]`, or as
   * `etcd://[user:password@]host:port[,host:port…][/prefix][?tls=true&ca=…&cert=…&key=…]`. Default: `embedded`.
   */
  readonly url?: string | undefined;
  /** Where the embedded store lies. Default: `SKYLARK_HOME`, else the user's own place for state. */
  readonly home?: string | undefined;
  /** How long the session outlives its last sign of life. Default: 10 000; 500 to 120 000. */
  readonly ttlMs?: number | undefined;
  /** False: joins, never hosts, and fails where nobody does. Default: true. */
  readonly host?: boolean | undefined;
  /**
   * What happens where nobody answers within `openTimeoutMs`. `now`, the default: opening fails. `later`: it answers all the
   * same, with a client whose session is `connecting` and which goes on trying; what cannot come right by waiting, such as
   * damaged data, still fails the opening where it shows itself in time, and is said in the log afterwards.
   */
  readonly opens?: "now" | "later" | undefined;
  /**
   * How long the first session may take. Default: 10 000; 600 for one that never hosts: a take-over may be under way. For
   * one that may open later, how long a store that does not answer is waited for: 1000.
   */
  readonly openTimeoutMs?: number | undefined;
  readonly log?: Log | undefined;
}

/** What only tests replace. */
export interface CoordinationParts {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly transport?: Transport | undefined;
  readonly startHost?: StartHost | undefined;
}

/**
 * Opens the coordination store, and a session with it. The caller closes it.
 *
 * Fails `invalid_argument` for a URL of no known kind, `failed_precondition` for a home that is not safe or of another
 * version, `data_loss` (reason DAMAGED) where stored data is damaged, `unavailable` where nobody answers in time.
 *
 * @example
 * await using coordination = await openCoordination();
 * await coordination.put("/apps/gradebook/title", "Grades");
 */
export async function openCoordination(options: CoordinationOptions & CoordinationParts = {}): Promise<Coordination> {
  const url = options.url ?? "embedded";
  const openDriver = driverOf(url);
  const ttlMs = checkedTtl(options.ttlMs ?? 10_000);
  const { log = silentLog, clock = systemClock, random = systemRandom } = options;
  const { transport = socketTransport, opens = "now" } = options;
  const mayHost = openDriver === undefined && (options.host ?? true);
  const isPatient = openDriver !== undefined || mayHost;
  const openTimeoutMs = options.openTimeoutMs ?? (opens === "later" ? 1000 : isPatient ? openingMostMs : 600);
  if (openDriver) return openDriver({ url, ttlMs, opens, openTimeoutMs, clock, random, log });
  const home = homeAt(options.home ?? homePath());
  const resources = connectionResources({ clock, random, log });
  const dial = hostDial({ transport, address: `unix://${home.socket}`, resources });
  const startHost = options.startHost ?? ((home, lockFd) => startHostThread(home, lockFd, log));
  const reach = mayHost ? new Election({ home, dial, startHost, clock, log }) : new Guest({ home, dial });
  const triesForMs = opens === "later" ? Number.POSITIVE_INFINITY : openTimeoutMs;
  const session = { reach, ttlMs, openTimeoutMs: triesForMs, clock, random, log };
  const engine = new EmbeddedEngine(session, (known) => embeddedStatus(home, known));
  try {
    await (opens === "later" ? openedOrAway(engine, openTimeoutMs, clock, log) : engine.opened);
    return new StoreClient(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/**
 * Settles as the opening does, or resolves once the store was found not to answer and `patienceMs` are over. What merely
 * takes its time, such as becoming the host on a busy machine, is waited for.
 */
async function openedOrAway(engine: EmbeddedEngine, patienceMs: number, clock: Clock, log: Log): Promise<void> {
  const away = deferred();
  const [startedAt, mostMs] = [clock.now(), Math.max(patienceMs, openingMostMs)];
  const look = (): Timer => {
    return clock.after(
      Math.min(patienceMs, awayCheckMs),
      () => {
        const passedMs = clock.now() - startedAt;
        if (passedMs >= mostMs || (passedMs >= patienceMs && engine.failure)) away.resolve();
        else next = look();
      },
      true,
    );
  };
  let next = look();
  engine.opened.catch(() => {}); // after the patience has ended, the log alone is told
  try {
    await Promise.race([engine.opened, away.promise]);
  } finally {
    next.cancel();
  }
  if (engine.session.kind !== "connecting") return;
  log("warn", `the store does not answer, and is tried on: ${engine.failure?.message ?? "no word from it"}`);
}

/** How long the first session may take where it comes at all: a take-over may be under way. */
const openingMostMs = 10_000;

const awayCheckMs = 50;

function checkedTtl(ttlMs: number): number {
  const { sessionTtlMsMin, sessionTtlMsMax } = coordinationLimits;
  if (ttlMs >= sessionTtlMsMin && ttlMs <= sessionTtlMsMax) return ttlMs;
  const message = `a session TTL of ${ttlMs} ms; it must be ${sessionTtlMsMin} to ${sessionTtlMsMax}`;
  throw new SkylarkError("invalid_argument", message, { reason: "SETTING", details: { key: "ttlMs" } });
}
