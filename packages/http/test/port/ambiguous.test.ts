import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";

const post = "POST /grading/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const smuggled = "POST /grading/add HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled\r\n\r\n";

// each of them is read in two ways by some pair of servers (RFC 9112, 11.2)
const ambiguous: [what: string, request: string, status: number][] = [
  ["length and chunks", `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`, 400],
  ["chunks and length", `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`, 400],
  ["two lengths", `${post}Content-Length: 2\r\nContent-Length: 50\r\n\r\n[]${smuggled}`, 400],
  ["the same length twice", `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n[]`, 400],
  ["a list of lengths", `${post}Content-Length: 2, 2\r\n\r\n[]`, 400],
  ["a length with a sign", `${post}Content-Length: +2\r\n\r\n[]`, 400],
  ["a negative length", `${post}Content-Length: -2\r\n\r\n[]`, 400],
  ["a length beyond all numbers", `${post}Content-Length: 99999999999999999999999\r\n\r\n[]`, 400],
  ["lines without a carriage return", "GET /healthz HTTP/1.1\nHost: localhost\n\n", 400],
  ["one header without a carriage return", `${post}X: y\nContent-Length: 2\r\n\r\n[]`, 400],
  ["an end of headers without one", `${post}Content-Length: 2\r\n\n[]`, 400],
  ["a carriage return inside a header", `${post}X: y\rContent-Length: 2\r\n\r\n[]`, 400],
  ["a folded header", `${post}X: y\r\n z\r\nContent-Length: 2\r\n\r\n[]`, 400],
  ["a folded encoding", `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`, 400],
  ["a space before a colon", `${post}Content-Length : 2\r\n\r\n[]`, 400],
  ["a space before the first header", "POST /grading/add HTTP/1.1\r\n Host: localhost\r\n\r\n", 400],
  ["a zero byte in a header", `${post}X: a\0b\r\nContent-Length: 2\r\n\r\n[]`, 400],
  ["a chunk size with a prefix", `${chunked}0x2\r\n[]\r\n0\r\n\r\n`, 400],
  ["a chunk size with a space", `${chunked}2 \r\n[]\r\n0\r\n\r\n`, 400],
  ["a chunk size that ends without a carriage return", `${chunked}2\n[]\r\n0\r\n\r\n`, 400],
  ["a chunk that is longer than it says", `${chunked}2\r\n[]x\r\n0\r\n\r\n`, 400],
  ["a chunk that ends without a carriage return", `${chunked}2\r\n[]\n0\r\n\r\n`, 400],
  ["a chunk size beyond all numbers", `${chunked}fffffffffffffffff\r\n[]\r\n0\r\n\r\n`, 400],
  ["extensions of a chunk without end", `${chunked}2;${"x".repeat(20_000)}\r\n[]\r\n0\r\n\r\n`, 413],
  ["another encoding", `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 501],
  ["an encoding on top of chunks", `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
  ["an encoding below chunks", `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
  ["chunks in HTTP/1.0", `${chunked.replace("1.1", "1.0")}0\r\n\r\n`, 501],
  ["two hosts", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400],
  ["no host", "GET /healthz HTTP/1.1\r\n\r\n", 400],
  ["a host beside the one of its header", "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
  ["HTTP/0.9", "GET /healthz\r\n\r\n", 505],
  ["HTTP/2.0 in words", "GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n", 505],
  ["HTTP/1.2", "GET /healthz HTTP/1.2\r\nHost: localhost\r\n\r\n", 400],
  ["a space in its path", "GET /health z HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
  ["a path beyond ASCII", "GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
  ["no method that there is", "HELLO / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
  ["a method in small letters", "get / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
  ["a request to connect elsewhere", "CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 501],
  ["headers that are too long", `${post}X: ${"y".repeat(17_000)}\r\n\r\n`, 431],
  ["a path that is too long", `GET /${"y".repeat(17_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  ["too many headers", `${post}${"X: y\r\n".repeat(150)}Content-Length: 2\r\n\r\n[]`, 431],
];

describe("a request that has", () => {
  let open: OpenDoor;
  let ids: unknown[];
  beforeEach(async () => {
    ids = [];
    open = await OpenDoor.open([serviceOf("grading", { add: () => ids.push("ran") })]);
  });

  it.each(ambiguous)(
    "HTTP-PORT-3 HTTP-LIMIT-1 %s is refused, nothing runs, and its connection ends",
    async (_what, request, status) => {
      const heard = await open.answerTo(Buffer.from(request, "latin1"));
      expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(heard.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(1);
      expect(ids).toEqual([]);
      expect((await open.ask("/healthz")).status).toBe(200);
    },
  );
});
