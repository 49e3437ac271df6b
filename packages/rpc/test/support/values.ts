import fc from "fast-check";

/** Strings that survive: no half of a surrogate pair. */
const text = fc.string({ unit: "grapheme", maxLength: 40 });
const number = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger());
/** From the year 0 to the year 9999, in whole milliseconds: what a date means is a millisecond. */
const date = fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });

/** Plain data as callers send it. */
export const plainData: fc.Arbitrary<unknown> = fc.letrec((again) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "small" },
    fc.constantFrom<unknown>(null, undefined, true, false, ""),
    number,
    text,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    date,
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.array(again("value"), { maxLength: 20 }),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      again("value"),
      { maxKeys: 20 },
    ),
  ),
})).value;

/** Plain data as callers in other languages may encode it too: every form of MessagePack that is let through. */
export const anyForm: fc.Arbitrary<Buffer> = fc.letrec<{ value: Buffer; key: Buffer }>((again) => ({
  key: fc.oneof(
    stringForms("key"),
    fc.integer({ min: 0, max: 127 }).map((each) => Buffer.of(each)),
  ),
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.constantFrom(0xc0, 0xc2, 0xc3, 0x00, 0x7f, 0xe0, 0xff).map((head) => Buffer.of(head)),
    stringForms("text"),
    sized([0xc4, 0xc5, 0xc6], fc.uint8Array({ maxLength: 40 })),
    fixed(0xca, 4),
    fixed(0xcb, 8),
    fixed(0xcc, 1),
    fixed(0xcd, 2),
    fixed(0xce, 4),
    fixed(0xcf, 8),
    fixed(0xd0, 1),
    fixed(0xd1, 2),
    fixed(0xd2, 4),
    fixed(0xd3, 8),
    fc
      .constantFrom("d4000a", "d6ff00000001", "d7ff0000000000000001", "c70cff000000000000000000000001")
      .map((hex) => Buffer.from(hex, "hex")),
    containers(fc.array(again("value"), { maxLength: 8 }), 0x90, [0xdc, 0xdd]),
    containers(
      fc.array(
        fc.tuple(again("key"), again("value")).map((pair) => Buffer.concat(pair)),
        { maxLength: 8 },
      ),
      0x80,
      [0xde, 0xdf],
    ),
  ),
})).value;

function fixed(head: number, bytes: number): fc.Arbitrary<Buffer> {
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((payload) => Buffer.concat([Buffer.of(head), payload]));
}

function stringForms(start: string): fc.Arbitrary<Buffer> {
  const texts = fc.string({ unit: "grapheme-ascii", maxLength: 8 }).map((rest) => Buffer.from(start + rest));
  return fc.oneof(
    texts.map((bytes) => Buffer.concat([Buffer.of(0xa0 | bytes.length), bytes])),
    sized([0xd9, 0xda, 0xdb], texts),
  );
}

function sized(heads: readonly [number, number, number], payload: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  return fc.tuple(fc.nat(2), payload).map(([wide, bytes]) => {
    const length = Buffer.alloc(1 << wide);
    length.writeUIntBE(bytes.length, 0, 1 << wide);
    return Buffer.concat([Buffer.of(heads[wide] as number), length, bytes]);
  });
}

function containers(
  items: fc.Arbitrary<Buffer[]>,
  short: number,
  heads: readonly [number, number],
): fc.Arbitrary<Buffer> {
  return fc.tuple(fc.nat(2), items).map(([form, each]) => {
    if (form === 0) return Buffer.concat([Buffer.of(short | each.length), ...each]);
    const head = Buffer.alloc(form === 1 ? 3 : 5);
    head[0] = heads[form - 1] as number;
    head.writeUIntBE(each.length, 1, head.length - 1);
    return Buffer.concat([head, ...each]);
  });
}
