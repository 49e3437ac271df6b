import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { layout, Registration, Requirement, setOverride } from "../src/internal.js";
import { readConsumer } from "../src/record/consumer.js";
import { readInstance } from "../src/record/instance.js";
import { readOverride } from "../src/record/override.js";
import { World } from "./simulation/world.js";

/*
 * The entries of a process of the former version (`scripts/record-former-version.ts`), read by today's, and written by today's
 * for the same process. `later`: fields that nobody knows yet.
 */

interface RecordedEntry {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const cluster = "default";
const keys = layout(cluster);
const file = new URL("former-version.json", import.meta.url);
const { entries } = JSON.parse(readFileSync(file, "utf8")) as { readonly entries: readonly RecordedEntry[] };
const later = { later: { than: ["this"] } };

function entryBelow(parent: string): RecordedEntry {
  return entries.find(({ key }) => key.startsWith(`${parent}/`)) as RecordedEntry;
}

const instance = entryBelow(keys.services("grading"));
const consumer = entryBelow(keys.consumers("grading"));
const override = entryBelow(keys.overrides("grading"));

describe("DISC-1.1 entries of the former version", () => {
  it.each([{}, later])("are read, every field of them; beside them %o", (beside) => {
    const { nonce: _, ...ofConsumer } = consumer.value; // whose write it is concerns its writer alone
    expect(readInstance(keys, instance.key, { ...instance.value, ...beside })).toEqual(instance.value);
    expect(readConsumer(consumer.key, { ...consumer.value, ...beside })).toEqual(ofConsumer);
    expect(readOverride({ ...override.value, ...beside })).toEqual(override.value);
  });

  it("are written under the same keys and with the same fields", async () => {
    const world = new World();
    const client = world.store.client();
    const record = readInstance(keys, instance.key, instance.value);
    const { id } = record;
    const registration = new Registration(client, cluster, record, { ...world.surroundings, onTransition: () => {} });
    const requirement = new Requirement(
      client,
      cluster,
      "grading",
      readConsumer(consumer.key, consumer.value),
      world.surroundings,
    );
    const listed = Promise.all([registration.start(), requirement.start()]);
    await world.settle();
    await listed;
    const marked = setOverride(client, cluster, "grading", id, override.value);
    await world.settle();
    await marked;
    for (const { key, value } of [instance, consumer, override])
      expect(world.store.entries.get(key)?.value, key).toMatchObject(value);
  });
});
