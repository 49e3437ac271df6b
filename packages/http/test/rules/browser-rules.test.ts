import { describe, expect, it } from "vitest";
import { BrowserRules } from "../../src/rules/browser-rules.js";

const loopback = new BrowserRules({ bind: "127.0.0.1" });

describe("browser rules", () => {
  it.each(["localhost", "LOCALHOST:4000", "127.0.0.1:4000", "127.3.2.1", "[::1]:4000", "[::1]"])(
    "HTTP-BROWSER-1 know %s for a name of a loopback port",
    (host) => {
      expect(loopback.refusalOf({ host })).toBeUndefined();
    },
  );

  it.each([
    undefined,
    "",
    "evil.example",
    "evil.example:4000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "1270.0.0.1",
    "10.0.0.1",
    "[::2]",
    "::1x",
    "localhost:port",
    "localhost, localhost",
  ])("HTTP-BROWSER-1 refuse %j", (host) => {
    expect(loopback.refusalOf({ host })).toMatchObject({ code: "permission_denied" });
  });

  it.each([
    ["laptop", "laptop:4000"],
    ["laptop:4001", "Laptop:4000"],
    ["[fe80::1]:4001", "[fe80::1]:4000"],
    ["fe80::1", "[FE80::1]"],
  ])("HTTP-BROWSER-1 know the advertised %s by %s", (advertise, host) => {
    const rules = new BrowserRules({ bind: "localhost", advertise });
    expect(rules.refusalOf({ host })).toBeUndefined();
    expect(rules.refusalOf({ host: "desktop" })).toBeDefined();
  });

  it("HTTP-BROWSER-1 ask for no name where others reach the port by names that nobody told of", () => {
    expect(new BrowserRules({ bind: "0.0.0.0" }).refusalOf({ host: "anything" })).toBeUndefined();
  });

  it.each([
    ["http://localhost:4000", true],
    ["HTTP://LocalHost:4000", true],
    ["https://localhost:4000", false],
    ["http://localhost:4001", false],
    ["http://127.0.0.1:4000", false],
    ["http://localhost", false],
    ["null", false],
    ["", false],
    ["http://evil.example", false],
    ["http://localhost:4000, http://evil.example", false],
  ])("HTTP-BROWSER-2 take %s for the port's own: %s", (origin, isOwn) => {
    const refusal = loopback.refusalOf({ host: "localhost:4000", origin });
    expect(refusal === undefined).toBe(isOwn);
    expect(refusal?.message ?? "SKYLARK_HTTP_ORIGINS").toContain("SKYLARK_HTTP_ORIGINS");
  });

  it("HTTP-BROWSER-2 hold where the port is no loopback's, too", () => {
    const rules = new BrowserRules({ bind: "0.0.0.0" });
    expect(rules.refusalOf({ host: "laptop:4000", origin: "http://evil.example" })).toBeDefined();
    expect(rules.refusalOf({ host: "laptop:4000", origin: "http://laptop:4000" })).toBeUndefined();
  });

  it("HTTP-BROWSER-3 let in the pages that a setting names, and tell browsers so", () => {
    const rules = new BrowserRules({ bind: "127.0.0.1", origins: ["https://Console.example"] });
    const headers = { host: "localhost", origin: "https://console.example" };
    expect(rules.refusalOf(headers)).toBeUndefined();
    expect(rules.headersFor(headers)).toEqual({
      "access-control-allow-origin": "https://console.example",
      vary: "origin",
    });
    const asking = {
      ...headers,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    };
    expect(rules.preflightFor("OPTIONS", asking)).toMatchObject({
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
    });
    expect(rules.preflightFor("POST", asking)).toBeUndefined();
    expect(rules.preflightFor("OPTIONS", headers)).toBeUndefined();
  });

  it("HTTP-BROWSER-3 tell browsers nothing for pages of their own port", () => {
    const own = { host: "localhost", origin: "http://localhost", "access-control-request-method": "POST" };
    expect(loopback.headersFor(own)).toEqual({});
    expect(loopback.preflightFor("OPTIONS", own)).toBeUndefined();
  });
});
