import type { Layout } from "../layout.js";
import { Fields, misfit } from "./fields.js";

/** What an instance says of itself: the value of its entry, written by nobody else. */
export interface InstanceRecord {
  /** Random per start, so that two starts of one program, or two clones of one folder, are never taken for each other. */
  readonly id: string;
  readonly service: string;
  /** Any text; ranges select it where it is a semantic version. */
  readonly version: string;
  /** `tcp://host:port`, an IPv6 host in brackets. */
  readonly address: string;
  /**
   * What is spoken at the address. `http`: the instance was written down by a registry on behalf of a program that takes
   * part by plain HTTP; native clients never choose it.
   */
  readonly protocol: "skylark" | "http";
  /** `http://host:port`, where it is reached by HTTP: a Skylark instance's door, an HTTP participant's own URL. */
  readonly url?: string | undefined;
  /** Of an HTTP participant: where the registry sends changes of what it requires. */
  readonly updateUrl?: string | undefined;
  /** Of an HTTP participant: where the registry asks whether it is well. */
  readonly heartbeatUrl?: string | undefined;
  readonly region: string;
  /** Empty where there are no zones. */
  readonly zone: string;
  /** The name of the machine. */
  readonly host: string;
  readonly tags: readonly string[];
  /** The share of calls it wants, against the weights of the others. */
  readonly weight: number;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Tells this start's entry from a leftover under the same key. */
  readonly nonce: string;
  /** Whether its owner wants it in rotation. The entry exists while the process offers the service, registered or not. */
  readonly registered: boolean;
  /** `leaving` stands for the moment before an orderly leave deletes the entry. */
  readonly state: "serving" | "leaving";
  /** Services it calls. */
  readonly requires: readonly string[];
}

/** A weight beyond it is a mistake. */
export const weightMax = 10_000;

/** Reads the entry at `key`. Fails `invalid_argument` where it is no instance, or not the one that its key names. */
export function readInstance(keys: Layout, key: string, value: unknown): InstanceRecord {
  const fields = new Fields(value);
  const record: InstanceRecord = {
    id: fields.text("id"),
    service: fields.text("service"),
    version: fields.text("version"),
    address: fields.text("address"),
    ...reached(fields),
    region: fields.text("region"),
    zone: fields.text("zone"),
    host: fields.text("host"),
    tags: fields.texts("tags"),
    weight: fields.number("weight", 0, weightMax),
    pid: fields.number("pid", 0, Number.MAX_SAFE_INTEGER),
    startedAt: fields.text("startedAt"),
    nonce: fields.text("nonce"),
    registered: fields.flag("registered"),
    state: fields.word("state", ["serving", "leaving"]),
    requires: fields.texts("requires", requiresMax),
  };
  const own = keys.instance(record.service, record.address, record.id);
  if (key !== own) throw misfit(`it says of itself that it stands at ${own}`);
  return Object.freeze(record);
}

function reached(fields: Fields): Pick<InstanceRecord, "protocol" | "url" | "updateUrl" | "heartbeatUrl"> {
  const protocol = fields.word("protocol", ["skylark", "http"]);
  const url = (name: string): string => httpUrl(name, fields.text(name, urlLettersMax));
  return {
    protocol,
    url: protocol === "http" ? url("url") : fields.optional("url", url),
    updateUrl: fields.optional("updateUrl", url),
    heartbeatUrl: fields.optional("heartbeatUrl", url),
  };
}

function httpUrl(name: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw misfit(`"${name}" is no URL that begins with http:// or https://`);
}

const requiresMax = 256;

/** Longer ones are refused by many servers. */
const urlLettersMax = 2048;
