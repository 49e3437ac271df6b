import { lastSegment } from "../layout.js";
import { Fields, misfit } from "./fields.js";

/** A process that requires a service, as everybody can see it: who depends on whom. */
export interface ConsumerRecord {
  /** Random per start. */
  readonly id: string;
  readonly name: string;
  readonly version?: string | undefined;
  /** The name of the machine. */
  readonly host: string;
  readonly pid: number;
  /** Where it serves, if it does. */
  readonly address?: string | undefined;
  /** ISO 8601. */
  readonly since: string;
}

/** Reads an entry's value. Fails `invalid_argument` where it is no consumer, or not the one that its key names. */
export function readConsumer(key: string, value: unknown): ConsumerRecord {
  const fields = new Fields(value);
  const record: ConsumerRecord = {
    id: fields.text("id"),
    name: fields.text("name"),
    version: fields.optional("version", (name) => fields.text(name)),
    host: fields.text("host"),
    pid: fields.number("pid", 0, Number.MAX_SAFE_INTEGER),
    address: fields.optional("address", (name) => fields.text(name)),
    since: fields.text("since"),
  };
  if (lastSegment(key) !== record.id) throw misfit(`it says it is ${record.id}, its key says ${lastSegment(key)}`);
  return Object.freeze(record);
}
