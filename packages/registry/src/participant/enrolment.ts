import type { Json } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import type { Holdings, Provider } from "../patch/patch.js";
import type { Participant } from "./participant.js";

/**
 * What the registry keeps of a participant beside its entry: under which keys its entries lie, and what it may hold. There is
 * one for each URL, which is what keeps a URL from standing twice.
 */
export interface Enrolment extends Pick<Participant, "nonce" | "service" | "url" | "address" | "requires"> {
  readonly holdings: Holdings;
}

export function enrolmentOf(participant: Participant, holdings: Holdings): Enrolment {
  const { nonce, service, url, address, requires } = participant;
  return { nonce, service, url, address, requires, holdings };
}

export function enrolmentValue(enrolment: Enrolment): Json {
  return enrolment as unknown as Json;
}

/** Reads the entry at `key`. Fails `data_loss` where somebody wrote there what no registry writes. */
export function readEnrolment(key: string, value: unknown): Enrolment {
  const { nonce, service, url, address, requires, holdings } = objectIn(key, value);
  const { kind, providers } = objectIn(key, holdings);
  if (kind !== "acknowledged" && kind !== "pending") throw damaged(key);
  return {
    nonce: textIn(key, nonce),
    service: textIn(key, service),
    url: textIn(key, url),
    address: textIn(key, address),
    requires: listIn(key, requires).map((name) => textIn(key, name)),
    holdings: { kind, providers: listIn(key, providers).map((provider) => providerIn(key, provider)) },
  };
}

function providerIn(key: string, value: unknown): Provider {
  const { Name, URL } = objectIn(key, value);
  return { Name: textIn(key, Name), URL: textIn(key, URL) };
}

function objectIn(key: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw damaged(key);
}

function listIn(key: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw damaged(key);
}

function textIn(key: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw damaged(key);
}

function damaged(key: string): SkylarkError {
  return new SkylarkError("data_loss", `the entry ${key} is none that a registry wrote: delete it, and register again`);
}
