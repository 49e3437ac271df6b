import { Socket } from "node:net";
import { ManualClock } from "@skylark/core/internal";
import { expect, it } from "vitest";
import { Newcomers, speechOf } from "../../src/transport/newcomers.js";
import { wireLimits } from "../../src/wire/frame.js";

it("sends the oldest away where more are silent than there is room for", () => {
  const clock = new ManualClock();
  const newcomers = new Newcomers(clock, () => {});
  const sockets = Array.from({ length: wireLimits.newcomersMax + 2 }, () => new Socket());
  for (const socket of sockets) newcomers.add(socket, "somewhere");
  const away = sockets.flatMap(({ destroyed }, index) => (destroyed ? [index] : []));
  expect(away).toEqual([0, 1]);
  expect(clock.pending).toBe(wireLimits.newcomersMax);
  newcomers.close();
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
  expect(clock.pending).toBe(0);
});

it("takes letters for HTTP, 16 for TLS, and all else for the native protocol", () => {
  const heard = { native: 0, http: "", tls: [] as number[] };
  for (let byte = 0; byte < 256; byte++) {
    const speech = speechOf(byte);
    if (speech === "http") heard.http += String.fromCharCode(byte);
    else if (speech === "tls") heard.tls.push(byte);
    else heard.native++;
  }
  expect(heard).toEqual({
    native: 256 - 52 - 1,
    http: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    tls: [0x16],
  });
});
