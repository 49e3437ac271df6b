import type { Coordination, SessionStatus } from "@skylark/coordination";
import { describe, expect, it } from "vitest";
import { firstSession } from "../src/application/first-session.js";

/** A client that opens later, as far as waiting for it goes. */
function connecting() {
  const listeners = new Set<(status: SessionStatus) => void>();
  const client = {
    session: { kind: "connecting" } as SessionStatus,
    onSession: (listener: (status: SessionStatus) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const established = (): void => {
    client.session = { kind: "suspended", id: "s1" } as SessionStatus;
    for (const listener of listeners) listener(client.session);
  };
  return { client: client as unknown as Coordination, established, listeners };
}

describe("waiting for the first session", () => {
  it("ends with it, and is over at once where there has been one", async () => {
    const { client, established, listeners } = connecting();
    const met = firstSession(client, 20_000);
    established();
    await met;
    await firstSession(client, 0);
    expect(listeners.size).toBe(0);
  });

  it("fails where the store does not answer in time, and leaves nothing behind", async () => {
    const { client, listeners } = connecting();
    await expect(firstSession(client, 10)).rejects.toMatchObject({ code: "unavailable", notExecuted: true });
    expect(listeners.size).toBe(0);
  });
});
