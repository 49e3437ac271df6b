import { describe, expect, it } from "vitest";
import { nextState, type SessionEvent, type SessionState } from "../../src/session/session-state.js";

const session = { id: 7n, password: new Uint8Array(16), timeoutMs: 4000 };
const connecting: SessionState = { kind: "connecting" };
const connected: SessionState = { kind: "connected", session, host: "one:1" };
const suspended: SessionState = { kind: "suspended", session, expiresAt: 5000 };
const expired: SessionState = { kind: "expired", session };
const closed: SessionState = { kind: "closed", error: undefined };

const granted: SessionEvent = { kind: "granted", session, host: "two:2" };
const lost: SessionEvent = { kind: "lost", provenAt: 1000 };

describe("a session's state", () => {
  it("is connected once granted, suspended once lost, and connected again", () => {
    expect(nextState(connecting, granted)).toEqual({ kind: "connected", session, host: "two:2" });
    expect(nextState(connected, lost)).toEqual(suspended);
    expect(nextState(suspended, granted)).toEqual({ kind: "connected", session, host: "two:2" });
  });

  it("counts its time from the last request that was answered", () => {
    expect(nextState(connected, { kind: "lost", provenAt: 250 })).toMatchObject({ expiresAt: 4250 });
  });

  it("expires connected or suspended, and begins again", () => {
    expect(nextState(connected, { kind: "expired" })).toEqual(expired);
    expect(nextState(suspended, { kind: "expired" })).toEqual(expired);
    expect(nextState(expired, { kind: "reopened" })).toEqual(connecting);
  });

  it("takes no other session for its own", () => {
    const other: SessionEvent = { kind: "granted", session: { ...session, id: 8n }, host: "two:2" };
    expect(nextState(suspended, other)).toBe(suspended);
  });

  it.each([
    ["connecting", connecting, [lost, { kind: "expired" }, { kind: "reopened" }]],
    ["connected", connected, [granted, { kind: "reopened" }]],
    ["suspended", suspended, [lost, { kind: "reopened" }]],
    ["expired", expired, [granted, lost, { kind: "expired" }]],
    [
      "closed",
      closed,
      [granted, lost, { kind: "expired" }, { kind: "reopened" }, { kind: "closed", error: undefined }],
    ],
  ] as [string, SessionState, SessionEvent[]][])(
    "%s is left as it is by what has no place there",
    (_, state, events) => {
      for (const event of events) expect(nextState(state, event), event.kind).toBe(state);
    },
  );

  it("closes from everywhere", () => {
    for (const state of [connecting, connected, suspended, expired]) {
      expect(nextState(state, { kind: "closed", error: undefined })).toEqual(closed);
    }
  });
});
