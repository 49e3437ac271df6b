import { describe, expect, it } from "vitest";
import { parseDriverUrl } from "../../src/drivers/driver-url.js";
import { silenceFor } from "../../src/drivers/etcd/open-etcd-coordination.js";
import { openCoordination } from "../../src/index.js";

const ownPort = 2379;

describe("the URL of an engine", () => {
  it("COORD-4.1 names hosts, a place, a user and certificates", () => {
    const plain = { user: undefined, place: "", tls: undefined };
    expect(parseDriverUrl("etcd://h1", ownPort)).toEqual({ ...plain, hosts: ["h1:2379"] });
    expect(parseDriverUrl("zookeeper://h1,h2:2182,[::1]/", 2181)).toEqual({
      ...plain,
      hosts: ["h1:2181", "h2:2182", "[::1]:2181"],
    });
    const whole = "etcd://a%40b:p%3Aw@h1:1,[::1]:3/sky/prod?ca=/ca.pem&cert=/c.pem&key=/k.pem";
    expect(parseDriverUrl(whole, ownPort)).toEqual({
      hosts: ["h1:1", "[::1]:3"],
      user: { name: "a@b", password: "p:w" },
      place: "/sky/prod",
      tls: { ca: "/ca.pem", cert: "/c.pem", key: "/k.pem", serverName: undefined },
    });
  });

  it("asks for TLS by a certificate, or in so many words", () => {
    const tlsOf = (query: string) => parseDriverUrl(`etcd://h/?${query}`, ownPort).tls;
    expect(tlsOf("tls=true")).toBeDefined();
    expect(tlsOf("ca=/a.pem")).toBeDefined();
    expect(tlsOf("tls=false&ca=/a.pem")).toBeUndefined();
    expect(tlsOf("")).toBeUndefined();
  });

  it.each([
    ["etcd://", "write etcd://"],
    ["zookeeper://", "write zookeeper://"],
    ["zookeeper://h1/a//b", "must be absolute"],
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
