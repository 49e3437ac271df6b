import type { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { addressOf, participantId } from "../src/participant/participant-url.js";
import { parseRegistration, parseServiceUrl } from "../src/participant/registration-request.js";

const good = {
  ServiceName: "portal",
  ServiceURL: "http://127.0.0.1:5000",
  RequiredServices: ["grading", "log"],
  ServiceUpdateURL: "http://127.0.0.1:5000/services",
  HeartbeatURL: "http://127.0.0.1:5000/heartbeat",
};

function problems(body: unknown): Record<string, string> {
  try {
    parseRegistration(body);
  } catch (thrown) {
    const { code, reason, details, message } = thrown as SkylarkError;
    expect({ code, reason }).toEqual({ code: "invalid_argument", reason: "VALIDATION" });
    const found = (details as { problems: { field: string; problem: string }[] }).problems;
    for (const { field, problem } of found) expect(message).toContain(`${field} ${problem}`.trim());
    return Object.fromEntries(found.map(({ field, problem }) => [field, problem]));
  }
  return {};
}

describe("a registration", () => {
  it("REG-HTTP-1 is what its five fields say, URLs as they were written", () => {
    expect(parseRegistration({ ...good, More: 1 })).toEqual({
      serviceName: "portal",
      serviceUrl: "http://127.0.0.1:5000",
      requiredServices: ["grading", "log"],
      serviceUpdateUrl: "http://127.0.0.1:5000/services",
      heartbeatUrl: "http://127.0.0.1:5000/heartbeat",
      protocol: "http",
      version: "",
    });
  });

  it("REG-HTTP-18 says what it speaks, and in which version, if it wants to", () => {
    const native = { ...good, Protocol: "skylark", Version: "1.2.0" };
    expect(parseRegistration(native)).toMatchObject({ protocol: "skylark", version: "1.2.0" });
    expect(parseRegistration({ ...good, Protocol: "http" })).toMatchObject({ protocol: "http", version: "" });
    expect(Object.keys(problems({ ...good, Protocol: "grpc", Version: 1 }))).toEqual(["Protocol", "Version"]);
    expect(Object.keys(problems({ ...good, Protocol: null, Version: "x".repeat(513) }))).toEqual([
      "Protocol",
      "Version",
    ]);
    const encrypted = { ...native, ServiceURL: "https://127.0.0.1:5000" };
    expect(Object.keys(problems(encrypted))).toEqual(["Protocol"]);
  });

  it("takes null for no required services, and each name once", () => {
    expect(parseRegistration({ ...good, RequiredServices: null }).requiredServices).toEqual([]);
    expect(parseRegistration({ ...good, RequiredServices: ["a", "b", "a"] }).requiredServices).toEqual(["a", "b"]);
  });

  it("REG-2.1 names every field that is missing or wrong, all at once", () => {
    const missing = "is missing";
    expect(problems({})).toEqual({
      ServiceName: missing,
      ServiceURL: missing,
      RequiredServices: missing,
      ServiceUpdateURL: missing,
      HeartbeatURL: missing,
    });
    expect(Object.keys(problems({ ...good, ServiceName: 7, HeartbeatURL: "x" }))).toEqual([
      "ServiceName",
      "HeartbeatURL",
    ]);
    expect(problems(Object.create(good))).toHaveProperty("ServiceName", missing);
  });

  it.each([null, [], "text", 7, true])("is refused where its body is no object: %j", (body) => {
    expect(problems(body)).toEqual({ "": "the body is no JSON object" });
  });

  it.each([
    ["ServiceName", ""],
    ["ServiceName", "two words"],
    ["ServiceName", ".hidden"],
    ["ServiceName", "a/b"],
    ["ServiceName", "x".repeat(129)],
    ["ServiceName", null],
    ["ServiceURL", "file:///etc/passwd"],
    ["ServiceURL", "ftp://mars:21"],
    ["ServiceURL", "javascript:alert(1)"],
    ["ServiceURL", "127.0.0.1:5000"],
    ["ServiceURL", "//mars:5000"],
    ["ServiceURL", ""],
    ["ServiceURL", null],
    ["ServiceURL", 7],
    ["ServiceURL", " http://mars:5000"],
    ["ServiceURL", "http://mars:5000/\nx"],
    ["ServiceURL", "http://mars:5000/ü"],
    ["ServiceURL", "http://ada:secret@mars:5000"],
    ["ServiceURL", "http://ada@mars:5000"],
    ["ServiceURL", "http://mars:5000/#top"],
    ["ServiceURL", "http://mars:99999"],
    ["ServiceURL", "http://*:5000"],
    ["ServiceURL", `http://mars/${"x".repeat(1024)}`],
    ["ServiceUpdateURL", "file:///etc/passwd"],
    ["ServiceUpdateURL", ""],
    ["HeartbeatURL", "http://"],
    ["HeartbeatURL", ["http://mars"]],
    ["RequiredServices", "grading"],
    ["RequiredServices", {}],
    ["RequiredServices", ["grading", 7]],
    ["RequiredServices", ["grading", null]],
    ["RequiredServices", ["two words"]],
    ["RequiredServices", Array.from({ length: 26 }, (_, n) => `s${n}`)],
  ])("REG-HTTP-2 is refused for %s %j, and names the field", (field, value) => {
    expect(Object.keys(problems({ ...good, [field]: value }))).toEqual([field]);
  });

  it.each(["http://localhost:1", "https://mars/grading/", "http://[::1]:5000", "http://mars.example.org:80/p/7?x=1"])(
    "takes %s",
    (url) => expect(parseRegistration({ ...good, ServiceURL: url }).serviceUrl).toBe(url),
  );
});

describe("a URL that is taken out", () => {
  it("is any that could be registered", () => {
    expect(parseServiceUrl("http://mars:5000")).toBe("http://mars:5000");
    for (const text of ["", "mars", "file:///x", "{}"]) {
      expect(() => parseServiceUrl(text)).toThrow(
        expect.objectContaining({ code: "invalid_argument" }) as SkylarkError,
      );
    }
  });
});

describe("a participant's id", () => {
  it("REG-HTTP-2 is the same for each spelling of its URL, and another for every other URL", () => {
    const ids = ["http://mars", "http://MARS/", "http://mars:80", "HTTP://mars:80/"].map(participantId);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^http-[0-9a-f]{16}$/);
    const others = [
      "https://mars",
      "http://mars:81",
      "http://mars/a",
      "http://mars/A",
      "http://mars/a/b",
      "http://mars?a",
      "http://mars?a/",
    ].map(participantId);
    expect(new Set([...others, ids[0]]).size).toBe(8);
  });

  it("has an address, where it goes without saying too", () => {
    expect(addressOf("http://mars/x")).toBe("tcp://mars:80");
    expect(addressOf("https://mars")).toBe("tcp://mars:443");
    expect(addressOf("http://[::1]:5000")).toBe("tcp://[::1]:5000");
  });
});
