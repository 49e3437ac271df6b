import { deferred } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";

describe("deferred", () => {
  it("resolves from outside", async () => {
    const { promise, resolve } = deferred<number>();
    resolve(4);
    await expect(promise).resolves.toBe(4);
  });

  it("rejects from outside", async () => {
    const { promise, reject } = deferred();
    reject(new Error("no"));
    await expect(promise).rejects.toThrow("no");
  });

  it("follows a promise it is resolved with", async () => {
    const { promise, resolve } = deferred<string>();
    resolve(Promise.resolve("later"));
    await expect(promise).resolves.toBe("later");
  });

  it("keeps its first end", async () => {
    const { promise, resolve, reject } = deferred<string>();
    resolve("first");
    resolve("second");
    reject(new Error("third"));
    await expect(promise).resolves.toBe("first");
  });
});
