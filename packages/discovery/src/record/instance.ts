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
   * part by plain HTTP alone; native clients never choose it.
   */
  readonly protocol: "skylark" | "http";
  /** `http://host:port`, where it is reached by HTTP: a Skylark instance's door, an HTTP participant's own URL. */
  readonly url?: string | undefined;
  /** Of what a registry wrote down: where it sends changes of what it requires. */
  readonly updateUrl?: string | undefined;
  /** Of what a registry wrote down: where it asks whether it is well. */
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

/**
 * Reads the entry at `key`. Fails `invalid_argument` where it is no instance, or not the one that its key names. `known`: what
 * was read at this key before; what is still the same in it was checked then.
 */
export function readInstance(keys: Layout, key: string, value: unknown, known?: InstanceRecord): InstanceRecord {
  const fields = new Fields(value);
  const protocol = fields.word("protocol", protocols);
  const record: InstanceRecord = {
    id: fields.text("id"),
    service: fields.text("service"),
    version: fields.text("version"),
    address: fields.text("address"),
    protocol,
    url: protocol === "http" || fields.has("url") ? httpUrl(fields, "url", known?.url) : undefined,
    updateUrl: fields.has("updateUrl") ? httpUrl(fields, "updateUrl", known?.updateUrl) : undefined,
    heartbeatUrl: fields.has("heartbeatUrl") ? httpUrl(fields, "heartbeatUrl", known?.heartbeatUrl) : undefined,
    region: fields.text("region"),
    zone: fields.text("zone"),
    host: fields.text("host"),
    tags: fields.texts("tags"),
    weight: fields.number("weight", 0, weightMax),
    pid: fields.number("pid", 0, Number.MAX_SAFE_INTEGER),
    startedAt: fields.text("startedAt"),
    nonce: fields.text("nonce"),
    registered: fields.flag("registered"),
    state: fields.word("state", states),
    requires: fields.texts("requires", requiresMax),
  };
  if (!known || !isSameKey(record, known)) checkOwnKey(keys, key, record);
  return Object.freeze(record);
}

function isSameKey(one: InstanceRecord, other: InstanceRecord): boolean {
  return one.id === other.id && one.address === other.address && one.service === other.service;
}

function checkOwnKey(keys: Layout, key: string, { service, address, id }: InstanceRecord): void {
  const own = keys.instance(service, address, id);
  if (key !== own) throw misfit(`it says of itself that it stands at ${own}`);
}

/** `known`: one that was good. */
function httpUrl(fields: Fields, name: string, known: string | undefined): string {
  const text = fields.text(name, urlLettersMax);
  if (text === known || isHttpUrl(text)) return text;
  throw misfit(`"${name}" is no URL that begins with http:// or https://`);
}

/** Parsing once is enough for nearly all; what begins otherwise may still mean the same, such as `HTTP://`. */
function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return text.startsWith("http://") || text.startsWith("https://") || /^https?:$/.test(new URL(text).protocol);
}

const protocols = ["skylark", "http"] as const;
const states = ["serving", "leaving"] as const;

const requiresMax = 256;

/** Longer ones are refused by many servers. */
const urlLettersMax = 2048;
