import { setTimeout as pause } from "node:timers/promises";
import type { Coordination, Entry, Json } from "@skylark/coordination";
import { silentLog } from "@skylark/core";
import { type Random, randomIndex, systemClock, systemRandom } from "@skylark/core/internal";
import { layout, Registration } from "@skylark/discovery/internal";
import { ProxiedClient } from "./proxied-client.js";
import { until } from "./until.js";

/** Of sessions that the trial lets expire; the others outlive any standstill. */
export const trialTtlMs = 4000;
const lastingTtlMs = 60_000;
const patienceMs = 60_000;
/** A machine that is busy is no store that is away. */
const patient = { timeoutMs: patienceMs };
const fresh = { ...patient, fresh: true };
const keys = layout("ghosts");

/** What was drawn for one instance that restarts while the entry of its former session stands. */
export interface TakeOver {
  readonly who: "same start" | "clone";
  readonly former: "killed" | "frozen" | "thawed before its session is over";
  /** What the former asks for while it is frozen, and the store hears of when it thaws. */
  readonly late: "nothing" | "put" | "delete";
  readonly restartsAfterMs: number;
}

export function drawTakeOver(random: Random): TakeOver {
  const who = random.next() < 0.8 ? "same start" : "clone";
  const ends = ["killed", "frozen", "thawed before its session is over"] as const;
  // a clone leaves the entry to a former that lives: there is nothing to take over
  const former = ends[randomIndex(random, who === "clone" ? 2 : 3)] as TakeOver["former"];
  const late = (["nothing", "put", "delete"] as const)[randomIndex(random, 3)] as TakeOver["late"];
  return { who, former, late, restartsAfterMs: randomIndex(random, 1000) };
}

/** What was drawn for one registration whose creation is not answered. */
export interface LostReply {
  readonly afterwards: "back at once" | "away for a moment" | "away until its session is over";
  readonly awayMs: number;
}

export function drawLostReply(random: Random): LostReply {
  const ways = ["back at once", "away for a moment", "away until its session is over"] as const;
  return { afterwards: ways[randomIndex(random, 3)] as LostReply["afterwards"], awayMs: randomIndex(random, 1000) };
}

/** One trial on an ensemble: what stands in the end, and what it took. */
export interface Stood {
  readonly entries: number;
  readonly isOwnedByTheLiving: boolean;
  /** Whether the entry in the end is another one than the living session had made, though that session was never lost. */
  readonly wasLostMeanwhile: boolean;
  readonly tookMs: number;
  /** Whether what was asked before the fault, or while frozen, was done. Undefined where nobody can tell. */
  readonly wasDone?: boolean | undefined;
}

export async function takeOver(url: string, witness: Coordination, trial: number, drawn: TakeOver): Promise<Stood> {
  const record = recordOf(trial, "n1");
  const key = keys.instance(record.service, record.address, record.id);
  const mark = `/marks/${record.service}`;
  await using former = await ProxiedClient.open(url, trialTtlMs);
  const ghost = await former.coordination.create(key, record, { ...patient, ephemeral: true });
  await former.coordination.create(mark, null, { ...patient, ephemeral: true });
  if (drawn.former === "killed") former.refuse();
  else former.freeze();
  const late = lateWrite(former, ghost, drawn);
  await pause(drawn.restartsAfterMs);
  await using successor = await ProxiedClient.open(url, lastingTtlMs);
  const restarted = drawn.who === "clone" ? recordOf(trial, "n2") : record;
  const registration = register(successor, restarted);
  const startedAt = performance.now();
  await registration.start();
  const tookMs = Math.round(performance.now() - startedAt);
  const taken = await witness.get(key, fresh);
  const session = successor.session;
  if (drawn.former === "thawed before its session is over") {
    former.restore();
    await late;
    await former.coordination.close();
  } else {
    await until("the session of the former is over", patienceMs, () => isGone(witness, mark));
    former.restore();
    await late;
  }
  const last = await stands(witness, key, successor);
  const isUndisturbed = session !== undefined && session === successor.session;
  const wasLostMeanwhile = isUndisturbed && last[0]?.revision !== taken?.revision;
  await registration.leave();
  return { ...verdict(last, successor), wasLostMeanwhile, tookMs, wasDone: await late };
}

export async function loseReply(url: string, witness: Coordination, trial: number, drawn: LostReply): Promise<Stood> {
  const record = recordOf(trial, "n1");
  const key = keys.instance(record.service, record.address, record.id);
  const isExpiring = drawn.afterwards === "away until its session is over";
  await using client = await ProxiedClient.open(url, isExpiring ? trialTtlMs : lastingTtlMs);
  await makeWay(witness, key);
  const session = client.session;
  const registration = register(client, record);
  const dropped = client.dropReplyToWrite(`"service":"${record.service}"`);
  const started = registration.start();
  await dropped;
  const droppedAt = performance.now();
  let written: Entry | undefined;
  if (drawn.afterwards !== "back at once") {
    client.refuse();
    written = await witness.get(key, fresh);
    if (isExpiring) await until("the entry goes with its session", patienceMs, () => isGone(witness, key));
    else await pause(drawn.awayMs);
    client.restore();
  }
  await started;
  const tookMs = Math.round(performance.now() - droppedAt);
  const last = await stands(witness, key, client);
  const isSameSession = session !== undefined && session === client.session;
  const wasLostMeanwhile = isSameSession && written !== undefined && last[0]?.revision !== written.revision;
  await registration.leave();
  const wasDone = drawn.afterwards === "back at once" ? undefined : written !== undefined;
  return { ...verdict(last, client), wasLostMeanwhile, tookMs, wasDone };
}

/** As where others of the service were before: the first write that is seen is then the one that makes the entry. */
async function makeWay(witness: Coordination, key: string): Promise<void> {
  const former = `${key.slice(0, key.lastIndexOf("/"))}/former`;
  await witness.create(former, null, patient);
  await witness.delete(former, patient);
}

/** Whether it was done in the end. */
async function lateWrite(former: ProxiedClient, { key, revision }: Entry, { late }: TakeOver): Promise<boolean> {
  if (late === "nothing") return false;
  const { coordination } = former;
  try {
    if (late === "put") await coordination.put(key, "late", { ...patient, revision });
    else await coordination.delete(key, { ...patient, revision });
    return true;
  } catch {
    return false;
  }
}

function register({ coordination }: ProxiedClient, record: ReturnType<typeof recordOf>): Registration {
  const surroundings = { clock: systemClock, random: systemRandom, log: silentLog };
  return new Registration(coordination, keys.cluster, record, { ...surroundings, onTransition: () => {} });
}

/** What is listed of the service once the living session owns the entry. */
async function stands(witness: Coordination, key: string, living: ProxiedClient): Promise<Entry[]> {
  await until(`${key} stands under the living session`, patienceMs, async () => {
    const entry = await witness.get(key, fresh);
    return (entry !== undefined && entry.owner === living.session) || `owner ${entry?.owner}, not ${living.session}`;
  });
  return await witness.list(key.slice(0, key.lastIndexOf("/")), fresh);
}

function verdict(entries: readonly Entry[], living: ProxiedClient): Pick<Stood, "entries" | "isOwnedByTheLiving"> {
  return { entries: entries.length, isOwnedByTheLiving: entries[0]?.owner === living.session };
}

async function isGone(witness: Coordination, key: string): Promise<true | string> {
  return (await witness.get(key, fresh)) === undefined || `${key} is there`;
}

function recordOf(trial: number, nonce: string) {
  return {
    id: `instance-${trial}`,
    service: `trial-${trial}`,
    version: "1",
    address: "tcp://127.0.0.1:4000",
    protocol: "skylark",
    region: "eu",
    zone: "",
    host: "school-1",
    tags: [],
    weight: 100,
    pid: 4711,
    startedAt: "2026-11-20T12:00:00.000Z",
    nonce,
    registered: true,
    state: "serving",
    requires: [],
  } as const satisfies Json;
}
