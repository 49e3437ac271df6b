import { type Coordination, openCoordination } from "@skylark/coordination";
import { type EtcdMember, type EtcdServers, startEtcd } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { report, trials, until } from "./support/until.js";

/** The bar's own time to live where the bar is asked for; else so much that this process may stand still meanwhile. */
const ttlMs = trials(4000, 15_000);
const entries = 10;

let servers: EtcdServers;

beforeAll(async () => {
  servers = await startEtcd({ members: 3 });
});

afterAll(async () => {
  await servers.close();
});

/** A client, with a record of what it says when it gives up a connection. */
class Frozen implements AsyncDisposable {
  readonly client: Coordination;
  readonly #left: { readonly message: string; readonly at: number }[];

  private constructor(client: Coordination, left: { readonly message: string; readonly at: number }[]) {
    this.client = client;
    this.#left = left;
  }

  static async open(): Promise<Frozen> {
    const left: { message: string; at: number }[] = [];
    const log = (_: string, message: string) => void left.push({ message, at: performance.now() });
    return new Frozen(await openCoordination({ url: `etcd://${servers.hosts}`, ttlMs, log }), left);
  }

  async member(): Promise<EtcdMember> {
    const { address } = await this.client.status();
    const member = servers.members.find(({ endpoint }) => endpoint === address);
    if (!member) throw new Error(`nobody is at ${address}`);
    return member;
  }

  /** When it first gave up the member, or undefined while it has not. */
  leftAt(member: EtcdMember, since: number): number | undefined {
    return this.#left.find(
      ({ message, at }) => at >= since && message.startsWith(`etcd at ${member.endpoint} does not`),
    )?.at;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

async function trial(witness: Coordination, number: number): Promise<{ noticedMs: number; wasLeader: boolean }> {
  await using frozen = await Frozen.open();
  const { client } = frozen;
  const statuses: string[] = [];
  client.onSession(({ kind }) => statuses.push(kind));
  const { session } = client;
  const folder = `/frozen/${number}`;
  const keys = Array.from({ length: entries }, (_, n) => `${folder}/${n}`);
  await client.multi(keys.map((key) => ({ kind: "create", key, value: 1, ephemeral: true })));
  let deleted = 0;
  const watch = witness.watch(folder, (event) => {
    if (event.kind === "changes") deleted += event.changes.filter(({ kind }) => kind === "deleted").length;
  });
  const member = await frozen.member();
  const wasLeader = member === (await servers.leader());
  const frozenAt = performance.now();
  member.freeze();
  await until(
    "the frozen member is given up",
    60_000,
    () => frozen.leftAt(member, frozenAt) !== undefined || "not yet",
  );
  const noticedMs = Math.round((frozen.leftAt(member, frozenAt) ?? 0) - frozenAt);
  // so much later than the TTL all must still be there: what is not renewed by then is gone
  const outlivedMs = trials(2, 1.3) * ttlMs;
  await until(
    "the session outlives the freeze",
    60_000,
    () => performance.now() - frozenAt > outlivedMs || "too early",
  );
  const list = await client.list(folder, { fresh: true, timeoutMs: 30_000 });
  expect(list.map(({ key }) => key)).toEqual(keys);
  expect(client.session).toMatchObject({ kind: "established", id: "id" in session ? session.id : "" });
  expect({ statuses: statuses.filter((kind) => kind === "expired"), deleted }).toEqual({ statuses: [], deleted: 0 });
  watch.close();
  member.thaw();
  await servers.healthy();
  return { noticedMs, wasLeader };
}

describe("etcd", () => {
  it("COORD-9.1 a frozen member is noticed by the client connected to it, and neither session nor entries are lost", async () => {
    await using witness = await openCoordination({ url: `etcd://${servers.hosts}`, ttlMs: 60_000 });
    const count = trials(20, 1);
    const results: { noticedMs: number; wasLeader: boolean }[] = [];
    for (let number = 1; number <= count; number += 1) results.push(await trial(witness, number));
    const noticed = results.map(({ noticedMs }) => noticedMs).toSorted((a, b) => a - b);
    report("etcd, the member of a client frozen", {
      ttlMs,
      topology: "3 members",
      trials: count,
      leaders: results.filter(({ wasLeader }) => wasLeader).length,
      entries: count * entries,
      lost: 0,
      noticedMs: { median: noticed[Math.floor(count / 2)], most: noticed.at(-1) },
    });
    if (process.env["SKYLARK_FULL"] === "1") expect(noticed.at(-1)).toBeLessThan((ttlMs * 2) / 3);
  }, 3_600_000);
});
