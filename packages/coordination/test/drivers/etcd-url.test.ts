import { describe, expect, it } from "vitest";
import { parseEtcdUrl } from "../../src/drivers/etcd/etcd-url.js";
import { silenceFor } from "../../src/drivers/etcd/open-etcd-coordination.js";
import { openCoordination } from "../../src/index.js";

describe("the URL of an etcd cluster", () => {
  it("COORD-4.1 names hosts, a prefix, a user and certificates", () => {
    expect(parseEtcdUrl("etcd://h1")).toEqual({ endpoints: ["h1:2379"], user: undefined, prefix: "", tls: undefined });
    expect(parseEtcdUrl("etcd://a%40b:p%3Aw@h1:1,[::1],[::1]:3/sky/prod?ca=/ca.pem&cert=/c.pem&key=/k.pem")).toEqual({
      endpoints: ["h1:1", "[::1]:2379", "[::1]:3"],
      user: { name: "a@b", password: "p:w" },
      prefix: "/sky/prod",
      tls: { ca: "/ca.pem", cert: "/c.pem", key: "/k.pem", serverName: undefined },
    });
    expect(parseEtcdUrl("etcd://h/?tls=true").tls).toBeDefined();
    expect(parseEtcdUrl("etcd://h/?tls=false").tls).toBeUndefined();
  });

  it.each([
    ["etcd://", "write etcd://"],
    ["etcd://h1,,h2", "a host is empty"],
    ["etcd://user@h", "a user without a password"],
    ["etcd://h/a b", "must be absolute"],
    ["etcd://h?tls=maybe", "tls=maybe"],
    ["etcd://h?cert=/c", "cert and key go together"],
    ["etcd://h?timeout=1", '"timeout" is no parameter'],
    ["etcd://h?ca=/there/is/none", '"ca" cannot be read'],
  ])("is refused as %s, with what is wrong", async (url, message) => {
    const opening = openCoordination({ url });
    await expect(opening).rejects.toMatchObject({ code: "invalid_argument", reason: "SETTING" });
    await expect(opening).rejects.toThrow(message);
  });

  it("never tells a password", async () => {
    await expect(openCoordination({ url: "etcd://root:secret@?" })).rejects.toThrow(/^((?!secret).)*$/);
  });

  it.each([2000, 3000, 4000, 10_000, 60_000])(
    "a frozen member is noticed within two thirds of a TTL of %i ms",
    (ttlMs) => {
      const { pingAfterMs, answerWithinMs } = silenceFor(ttlMs);
      expect(pingAfterMs + answerWithinMs).toBeLessThan((ttlMs * 2) / 3);
    },
  );
});
