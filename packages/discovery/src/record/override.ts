import { Fields, type JsonObject } from "./fields.js";
import { weightMax } from "./instance.js";

/** What others say of an instance: it wins over the instance's own word. Each field left out says nothing. */
export interface InstanceOverride {
  /** In or out of rotation. */
  readonly registered?: boolean | undefined;
  readonly weight?: number | undefined;
  /** A health mark: who set it, when and why is up to whoever marks. A caller's own success counts for more. */
  readonly mark?: JsonObject | undefined;
}

/** Reads an entry's value. Fails `invalid_argument` where it is no override. */
export function readOverride(value: unknown): InstanceOverride {
  const fields = new Fields(value);
  return Object.freeze({
    registered: fields.optional("registered", (name) => fields.flag(name)),
    weight: fields.optional("weight", (name) => fields.number(name, 0, weightMax)),
    mark: fields.optional("mark", (name) => fields.object(name)),
  });
}
