import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { file_etcd } from "../src/generated/etcd_pb.js";

/** `message.field = number`, from the text, which is kept simple enough for that. */
function fieldsOf(proto: string): string[] {
  const fields: string[] = [];
  const open: string[] = [];
  for (const line of proto.split("\n").map((each) => each.replace(/\/\/.*/, "").trim())) {
    const block = /^(message|oneof|service) (\w+) \{(\})?$/.exec(line);
    const field = /^(?:repeated )?[\w.]+ (\w+) = (\d+)(?: \[.*\])?;/.exec(line);
    if (block && !block[3]) open.push(block[1] === "message" ? (block[2] as string) : "");
    else if (line === "}") open.pop();
    else if (field && !line.startsWith("syntax")) fields.push(`${open.findLast(Boolean)}.${field[1]} = ${field[2]}`);
  }
  return fields.toSorted();
}

it("the generated module is that of the .proto beside it", () => {
  const proto = readFileSync(new URL("../proto/etcd.proto", import.meta.url), "utf8");
  const generated = file_etcd.messages.flatMap(({ name, fields }) =>
    fields.map((field) => `${name}.${field.name} = ${field.number}`),
  );
  expect(generated.length).toBeGreaterThan(80);
  expect(generated.toSorted()).toEqual(fieldsOf(proto));
  const calls = [...proto.matchAll(/rpc (\w+)\(/g)].map(([, name]) => name);
  expect(file_etcd.services.flatMap(({ methods }) => methods.map(({ name }) => name))).toEqual(calls);
});
