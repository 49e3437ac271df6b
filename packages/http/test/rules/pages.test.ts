import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";

const console = "https://console.example";

describe("a page of an origin that a setting names", () => {
  let open: OpenDoor;
  beforeEach(async () => {
    open = await OpenDoor.open([serviceOf("grading", { add: (a: number, b: number) => a + b })], {
      origins: [console],
    });
  });

  it("HTTP-BROWSER-3 may call, after it has asked", async () => {
    const asked = await open.ask("/grading/add", {
      method: "OPTIONS",
      headers: {
        origin: console,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,skylark-timeout-ms",
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(console);
    expect(asked.headers.get("access-control-allow-headers")).toBe("content-type,skylark-timeout-ms");
    const answer = await open.post("/grading/add", [1, 2], { origin: console });
    expect(answer).toMatchObject({ status: 200, body: 3 });
    expect(answer.headers.get("access-control-allow-origin")).toBe(console);
  });

  it("HTTP-BROWSER-2 lets no other page in", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const asked = await open.ask("/grading/add", { method: "OPTIONS", headers });
    expect(asked.status).toBe(403);
    expect(asked.headers.get("access-control-allow-origin")).toBeNull();
  });
});
