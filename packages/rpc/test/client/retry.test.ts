import { type ErrorCode, errorCodes } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { type FailedAttempt, retryVerdict } from "../../src/client/retry.js";
import { Failure } from "../../src/wire/failure.js";

type Case = Partial<Omit<FailedAttempt, "failure">> & { code?: ErrorCode } & ConstructorParameters<typeof Failure>[2];

function verdict(of: Case): string {
  const {
    code = "unavailable",
    sent = true,
    idempotent = false,
    descendsFromRetry = false,
    attempt = 1,
    retries = 0,
  } = of;
  const failure = new Failure(code, "", of);
  return retryVerdict({ failure, sent, idempotent, descendsFromRetry, attempt, retries });
}

const lost = { code: "unknown", reason: "CONNECTION_LOST" } as const;
const neverSent = { sent: false, reason: "CONNECTION_LOST" } as const;
const draining = { reason: "DRAINING", notExecuted: true } as const;
const refused = { notExecuted: true } as const;

describe("retryVerdict", () => {
  const table: [what: string, of: Case, verdict: string][] = [
    ["never sent", neverSent, "freely"],
    ["never sent, below a retry", { ...neverSent, descendsFromRetry: true }, "freely"],
    ["never sent, after two retries", { ...neverSent, retries: 2, attempt: 3 }, "freely"],
    ["never sent, the 15th time", { ...neverSent, attempt: 15 }, "freely"],
    ["never sent, the 16th time", { ...neverSent, attempt: 16 }, "no"],
    ["refused by one that leaves", draining, "freely"],
    ["refused by one that leaves, below a retry", { ...draining, descendsFromRetry: true }, "freely"],
    ["refused by one that leaves, the 16th time", { ...draining, attempt: 16 }, "no"],
    ["ended by one that leaves, without a promise", { reason: "DRAINING" }, "no"],
    ["ended by one that leaves, idempotent", { reason: "DRAINING", idempotent: true }, "paid"],
    ["refused with a promise", refused, "paid"],
    ["refused with a promise, below a retry", { ...refused, descendsFromRetry: true }, "no"],
    ["refused with a promise, after one retry", { ...refused, retries: 1, attempt: 2 }, "paid"],
    ["refused with a promise, after two retries", { ...refused, retries: 2, attempt: 3 }, "spent"],
    ["refused with a promise, after many free attempts", { ...refused, attempt: 12 }, "paid"],
    ["refused for a reason that will not change", { ...refused, code: "invalid_argument" }, "no"],
    ["refused as unknown there", { ...refused, code: "unimplemented" }, "no"],
    ["refused as too much", { ...refused, code: "resource_exhausted" }, "no"],
    ["no instance was there", { ...refused, reason: "NO_INSTANCE", sent: false }, "no"],
    ["no instance was there, idempotent", { ...refused, reason: "NO_INSTANCE", sent: false, idempotent: true }, "no"],
    ["no instance was there, after a lost attempt", { ...refused, reason: "NO_INSTANCE", idempotent: true }, "no"],
    ["somebody below had no instance, idempotent", { reason: "NO_INSTANCE", idempotent: true }, "paid"],
    ["lost", lost, "no"],
    ["lost, idempotent", { ...lost, idempotent: true }, "paid"],
    ["lost, idempotent, below a retry", { ...lost, idempotent: true, descendsFromRetry: true }, "no"],
    ["lost, idempotent, after two retries", { ...lost, idempotent: true, retries: 2, attempt: 3 }, "spent"],
    ["lost, idempotent, retries spent below", { ...lost, idempotent: true, retriesSpent: true }, "no"],
    ["never sent, retries spent below", { ...neverSent, retriesSpent: true }, "no"],
    ["unavailable", {}, "no"],
    ["unavailable, idempotent", { idempotent: true }, "paid"],
    ["deadline exceeded, idempotent", { code: "deadline_exceeded", idempotent: true }, "no"],
    ["cancelled, idempotent", { code: "cancelled", idempotent: true }, "no"],
    ["unknown without a reason, idempotent", { code: "unknown", idempotent: true }, "no"],
    ["internal, idempotent", { code: "internal", idempotent: true }, "no"],
  ];

  it.each(table)("RPC-RETRY-1 RPC-RETRY-2 RPC-RETRY-3 RPC-RETRY-4 %s", (_what, of, expected) => {
    expect(verdict(of)).toBe(expected);
  });

  it("RPC-7.1 never lets what may have run run again, unless it is idempotent", () => {
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      for (const reason of [undefined, "CONNECTION_LOST", "DRAINING", "NO_INSTANCE", "WRONG_INSTANCE"] as const) {
        expect(verdict({ code, reason, sent: true, idempotent: false, notExecuted: false })).toBe("no");
      }
    }
  });
});
