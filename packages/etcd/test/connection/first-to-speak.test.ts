import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred, ManualClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { firstToSpeak } from "../../src/connection/first-to-speak.js";

/** A member as it is dialled: the test says when it speaks. */
class Member {
  readonly dialled: Deferred<Member> = deferred();
  readonly endpoint: string;
  readonly signal: AbortSignal;
  ended: string | undefined;

  constructor(endpoint: string, signal: AbortSignal) {
    this.endpoint = endpoint;
    this.signal = signal;
    signal.addEventListener("abort", () => this.dialled.reject(signal.reason));
  }

  end(why: SkylarkError): void {
    this.ended = why.code;
  }
}

function dialling(...endpoints: string[]) {
  const clock = new ManualClock();
  const members: Member[] = [];
  const closing = new AbortController();
  const dial = (endpoint: string, signal: AbortSignal): Promise<Member> => {
    const member = new Member(endpoint, signal);
    members.push(member);
    return member.dialled.promise;
  };
  const outcome = firstToSpeak({ endpoints, dial, clock, signal: closing.signal });
  return { clock, members, closing, outcome, names: () => members.map(({ endpoint }) => endpoint) };
}

/** Whatever was settled has been told. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const refused = new SkylarkError("unavailable", "refused");

describe("dialling the members", () => {
  it("dials the next beside one that says nothing, takes the first that speaks, and ends the others", async () => {
    const { clock, members, outcome, names } = dialling("a", "b", "c");
    expect(names()).toEqual(["a"]);
    clock.advance(249);
    expect(names()).toEqual(["a"]);
    clock.advance(1);
    expect(names()).toEqual(["a", "b"]);
    const [a, b] = members as [Member, Member];
    b.dialled.resolve(b);
    expect(await outcome).toMatchObject({ kind: "spoke", first: { endpoint: "b" } });
    expect(a.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
    clock.advance(60_000);
    expect(names()).toEqual(["a", "b"]);
  });

  it("goes on at once after one that refuses", async () => {
    const { members, names } = dialling("a", "b");
    members[0]?.dialled.reject(refused);
    await turn();
    expect(names()).toEqual(["a", "b"]);
  });

  it("still takes one that speaks after its successors were dialled", async () => {
    const { clock, members, outcome } = dialling("a", "b", "c");
    clock.advance(500);
    const [a] = members as [Member];
    a.dialled.resolve(a);
    expect(await outcome).toMatchObject({ kind: "spoke", first: { endpoint: "a" } });
    expect(members.slice(1).map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });

  it("ends one that speaks in the same moment as the first", async () => {
    const { clock, members, outcome } = dialling("a", "b");
    clock.advance(250);
    const [a, b] = members as [Member, Member];
    a.dialled.resolve(a);
    b.dialled.resolve(b);
    expect(await outcome).toMatchObject({ kind: "spoke", first: { endpoint: "a" } });
    await turn();
    expect([a.ended, b.ended]).toEqual([undefined, "cancelled"]);
  });

  it("tells what each said where none speaks, as they came", async () => {
    const { clock, members, outcome } = dialling("a", "b");
    clock.advance(250);
    const [a, b] = members as [Member, Member];
    b.dialled.reject(refused);
    await turn();
    a.dialled.reject(new SkylarkError("unavailable", "silent"));
    expect(await outcome).toMatchObject({ kind: "none", failures: [{ message: "refused" }, { message: "silent" }] });
    expect(clock.pending).toBe(0);
  });

  it("ends all of it when told, and dials no further", async () => {
    const { clock, members, closing, outcome, names } = dialling("a", "b", "c");
    clock.advance(250);
    closing.abort(new SkylarkError("cancelled", "closed"));
    await turn();
    clock.advance(60_000);
    expect(await outcome).toMatchObject({ kind: "none" });
    expect(members.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(clock.pending).toBe(0);
    expect(names()).toEqual(["a", "b"]);
  });
});
