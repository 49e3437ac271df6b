import { clientTls, startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openZooKeeper, type TlsOptions } from "../src/index.js";
import { failureOf } from "./support/until.js";

let ensemble: ZooKeeperEnsemble;
let tls: TlsOptions;

beforeAll(async () => {
  ensemble = await startZooKeeper({ tls: true });
  if (ensemble.certificates) tls = clientTls(ensemble.certificates);
}, 120_000);

afterAll(() => ensemble?.close(), 60_000);

describe("TLS", () => {
  it("COORD-8.2 takes a client with a certificate, and knows it by that", async () => {
    await using zk = await openZooKeeper(ensemble.connectString, { tls });
    await zk.create("/encrypted", "x");
    expect((await zk.getData("/encrypted")).data.toString()).toBe("x");
    expect(await zk.whoAmI()).toContainEqual(expect.objectContaining({ scheme: "x509" }));
    const large = Buffer.alloc(900_000, 7);
    await zk.setData("/encrypted", large);
    expect((await zk.getData("/encrypted")).data.equals(large)).toBe(true);
  });

  it.each([
    ["without a certificate of its own", ({ ca }: TlsOptions): TlsOptions => ({ ca })],
    ["that trusts another authority", ({ cert, key }: TlsOptions): TlsOptions => ({ cert, key })],
    ["that expects another name", (all: TlsOptions): TlsOptions => ({ ...all, servername: "elsewhere.example" })],
  ] as const)("COORD-8.4 a client %s fails at once, and says why", async (_, options) => {
    const failure = failureOf(openZooKeeper(ensemble.connectString, { tls: options(tls), openTimeoutMs: 60_000 }));
    expect(await failure).toMatchObject({ code: "unauthenticated", message: expect.stringContaining("certificate") });
  });

  it("lets a client that speaks plainly know that nobody answers", async () => {
    const failure = failureOf(openZooKeeper(ensemble.connectString, { openTimeoutMs: 500 }));
    expect(await failure).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
  });
});
