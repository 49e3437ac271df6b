import { errorCodes } from "@skylark/core";
import { httpStatusOf } from "@skylark/http";
import { describe, expect, it } from "vitest";

describe("the status of a code", () => {
  it("is the one that gRPC's mapping names", () => {
    const statuses = Object.keys(errorCodes).map((code) => [code, httpStatusOf(code as keyof typeof errorCodes)]);
    expect(Object.fromEntries(statuses)).toEqual({
      cancelled: 499,
      unknown: 500,
      invalid_argument: 400,
      deadline_exceeded: 504,
      not_found: 404,
      already_exists: 409,
      permission_denied: 403,
      resource_exhausted: 429,
      failed_precondition: 400,
      aborted: 409,
      out_of_range: 400,
      unimplemented: 501,
      internal: 500,
      unavailable: 503,
      data_loss: 500,
      unauthenticated: 401,
    });
  });

  it("says of what is too large that it is", () => {
    expect(httpStatusOf("resource_exhausted", "MESSAGE_TOO_LARGE")).toBe(413);
    expect(httpStatusOf("invalid_argument", "MESSAGE_TOO_LARGE")).toBe(400);
  });
});
