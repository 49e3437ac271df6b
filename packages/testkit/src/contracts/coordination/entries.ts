import { coordinationLimits, type Json } from "@skylark/coordination";
import { expect, it } from "vitest";
import type { Ground } from "./ground.js";

export function entriesContract(ground: Ground): void {
  readingContract(ground);
  keysContract(ground);
  sizesContract(ground);
}

function readingContract(ground: Ground): void {
  it("COORD-1.1 keeps every kind of JSON value, null among them", async () => {
    const client = await ground.lasting();
    const values: Json[] = [null, true, 0, -1.5, "", "žluťoučký 🐎", [], {}, { a: [1, { b: null }] }];
    for (const [index, value] of values.entries()) {
      const created = await client.create(ground.at(`v${index}`), value);
      expect(created).toMatchObject({ key: ground.at(`v${index}`), value, owner: undefined });
      expect(await client.get(ground.at(`v${index}`))).toEqual(created);
    }
  });

  it("COORD-1.1 has no entry where none was made, nor at a parent that only leads to one", async () => {
    const client = await ground.lasting();
    await client.create(ground.at("a/b/c"), 1);
    expect(await client.get(ground.at("nothing"))).toBeUndefined();
    expect(await client.get(ground.at("a/b"))).toBeUndefined();
    expect(await client.list(ground.at("nothing"))).toEqual([]);
    expect(await client.children(ground.at("nothing"))).toEqual([]);
  });

  it("COORD-1.6 lists the entries directly below, sorted by key", async () => {
    const client = await ground.lasting();
    for (const name of ["p", "p/b", "p/a-1", "p/a", "p/a/deep", "p/c/deep", "pp"])
      await client.put(ground.at(name), name);
    const listed = await client.list(ground.at("p"));
    expect(listed.map(({ value }) => value)).toEqual(["p/a", "p/a-1", "p/b"]);
    expect(listed[0]).toEqual(await client.get(ground.at("p/a")));
  });

  it("COORD-1.6 names the next segments below, whether or not an entry stands at them, and only while one is at or below", async () => {
    const client = await ground.lasting();
    for (const name of ["p/b", "p/a", "p/a/deep", "p/c/far/below", "p/d"]) await client.put(ground.at(name), name);
    expect(await client.children(ground.at("p"))).toEqual(["a", "b", "c", "d"]);
    await client.delete(ground.at("p/c/far/below"));
    await client.delete(ground.at("p/d"));
    await client.delete(ground.at("p/a"));
    expect(await client.children(ground.at("p"))).toEqual(["a", "b"]);
  });

  it("COORD-1.6 lists from the root", async () => {
    const client = await ground.lasting();
    await client.create(ground.at(""), "here");
    expect(await client.children("/")).toContain(ground.at("").slice(1));
    expect((await client.list("/")).map(({ key }) => key)).toContain(ground.at(""));
  });

  it("COORD-1.4 shows a client what it wrote, and a fresh read what anybody finished writing", async () => {
    const [writer, reader] = [await ground.lasting(), await ground.lasting()];
    for (let round = 0; round < 20; round += 1) {
      const written = await writer.put(ground.at(`k${round % 3}`), round);
      expect(await writer.get(written.key)).toEqual(written);
      expect(await reader.get(written.key, { fresh: true })).toEqual(written);
      expect((await reader.list(ground.at(""), { fresh: true })).map(({ value }) => value)).toContain(round);
    }
  });

  it("COORD-1.3 never reads backwards within a session", async () => {
    const [writer, reader] = [await ground.lasting(), await ground.lasting()];
    await writer.put(ground.at("n"), 0);
    const writing = (async () => {
      for (let n = 1; n <= 100; n += 1) await writer.put(ground.at("n"), n);
    })();
    let last = 0;
    while (last < 100) {
      const seen = (await reader.get(ground.at("n"), { fresh: last % 2 === 0 }))?.value;
      expect(seen).toBeGreaterThanOrEqual(last);
      last = Number(seen);
    }
    await writing;
  });
}

const badKeys = ["", "/", "a", "/a/", "//a", "/a//b", "/a b", "/é", "/a*", "/a=b", "/.", "/a/../b", "/a\u0000"];

function keysContract(ground: Ground): void {
  it.each(badKeys)("COORD-1.1 refuses the key %j", async (key) => {
    const client = await ground.lasting();
    const refused = { code: "invalid_argument" };
    await expect(client.create(key, 1)).rejects.toMatchObject(refused);
    await expect(client.put(key, 1)).rejects.toMatchObject(refused);
    await expect(client.get(key)).rejects.toMatchObject(refused);
    await expect(client.delete(key)).rejects.toMatchObject(refused);
    await expect(client.multi([{ kind: "put", key, value: 1 }])).rejects.toMatchObject(refused);
    if (key === "/") return;
    await expect(client.list(key)).rejects.toMatchObject(refused);
    await expect(client.children(key)).rejects.toMatchObject(refused);
    expect(() => client.watch(key, () => undefined)).toThrow(expect.objectContaining(refused));
  });

  it("COORD-1.1 takes every sign of the key alphabet", async () => {
    const client = await ground.lasting();
    const name = "AZaz09._:@+~[]-";
    await client.create(ground.at(`${name}/...`), 1);
    expect(await client.children(ground.at(""))).toEqual([name]);
    expect((await client.list(ground.at(name))).map(({ key }) => key)).toEqual([ground.at(`${name}/...`)]);
  });

  it("COORD-1.1 takes a key of the largest length and refuses a longer one", async () => {
    const client = await ground.lasting();
    const longest = ground.at("x".repeat(coordinationLimits.keyBytesMax - ground.at("x").length + 1));
    expect(longest).toHaveLength(coordinationLimits.keyBytesMax);
    await client.create(longest, 1);
    expect((await client.get(longest))?.value).toBe(1);
    await expect(client.create(`${longest}x`, 1)).rejects.toMatchObject({ code: "invalid_argument" });
  });
}

function sizesContract(ground: Ground): void {
  /** As JSON exactly `bytes` long: two of them are the quotes. */
  const valueOf = (bytes: number): string => `é${"x".repeat(bytes - 4)}`;
  const { valueBytesMax } = coordinationLimits;
  const tooLarge = { code: "invalid_argument", reason: "MESSAGE_TOO_LARGE" };

  it("COORD-1.8 takes a value of 512 KiB and refuses a larger one", async () => {
    const client = await ground.lasting();
    const { value } = await client.create(ground.at("large"), valueOf(valueBytesMax));
    expect((await client.get(ground.at("large")))?.value === value).toBe(true);
    await expect(
      client.create(ground.at("larger"), valueOf(valueBytesMax + 1)).then(() => "taken"),
    ).rejects.toMatchObject(tooLarge);
    await expect(client.put(ground.at("large"), valueOf(valueBytesMax + 1))).rejects.toMatchObject(tooLarge);
    expect(await client.get(ground.at("larger"))).toBeUndefined();
  });

  it("COORD-1.8 takes a multi whose keys and values fill the limit together and refuses a larger one", async () => {
    const client = await ground.lasting();
    const multi = (bytes: number) =>
      Array.from({ length: 4 }, (_, n) => ({ kind: "put", key: ground.at(`m${n}`), value: valueOf(bytes) }) as const);
    const share = coordinationLimits.writeBytesMax / 4;
    await client.multi(multi(share - ground.at("m0").length));
    await expect(client.multi(multi(share)).then(() => "taken")).rejects.toMatchObject(tooLarge);
    expect(await client.children(ground.at(""))).toHaveLength(4);
  });

  it("COORD-1.8 lists and watches more than any one message holds", async () => {
    const client = await ground.lasting();
    for (let n = 0; n < 12; n += 1) await client.create(ground.at(`m${n}`), valueOf(valueBytesMax));
    expect(await client.list(ground.at(""))).toHaveLength(12);
    const entries = await new Promise<number>((resolve) => {
      client.watch(ground.at(""), (event) => resolve(event.kind === "snapshot" ? event.entries.length : 0));
    });
    expect(entries).toBe(12);
  });
}
