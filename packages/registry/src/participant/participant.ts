import { randomId } from "@skylark/core/internal";
import type { ConsumerRecord, InstanceRecord } from "@skylark/discovery/internal";
import { addressOf, participantId } from "./participant-url.js";
import type { RegistrationRequest } from "./registration-request.js";

/** A program that takes part by plain HTTP, as the registry knows it. */
export interface Participant {
  /** Made of its URL. */
  readonly id: string;
  /** Random per registration. */
  readonly nonce: string;
  readonly service: string;
  readonly url: string;
  /** `tcp://host:port` of its URL. */
  readonly address: string;
  readonly requires: readonly string[];
  readonly updateUrl: string;
  readonly heartbeatUrl: string;
  /** What is spoken at its address, beside HTTP. */
  readonly protocol: "skylark" | "http";
  readonly version: string;
  /** ISO 8601: when it registered. */
  readonly since: string;
}

export function participantFrom(request: RegistrationRequest, since: Date): Participant {
  return {
    id: participantId(request.serviceUrl),
    nonce: randomId(),
    service: request.serviceName,
    url: request.serviceUrl,
    address: addressOf(request.serviceUrl),
    requires: request.requiredServices,
    updateUrl: request.serviceUpdateUrl,
    heartbeatUrl: request.heartbeatUrl,
    protocol: request.protocol,
    version: request.version,
    since: since.toISOString(),
  };
}

/** The participant that an entry of the store speaks of; undefined where no registry wrote it. */
export function participantIn(record: InstanceRecord): Participant | undefined {
  const { id, nonce, service, url, address, requires, updateUrl, heartbeatUrl, protocol, version } = record;
  if (url === undefined || updateUrl === undefined || heartbeatUrl === undefined) return undefined;
  const own = { id, nonce, service, url, address, requires, updateUrl, heartbeatUrl, protocol, version };
  return { ...own, since: record.startedAt };
}

/** How it is listed. It says nothing of where it runs but its URL. */
export function instanceRecordOf(participant: Participant): InstanceRecord {
  const { id, nonce, service, url, address, requires, updateUrl, heartbeatUrl, protocol, version, since } = participant;
  return {
    id,
    service,
    version,
    address,
    protocol,
    url,
    updateUrl,
    heartbeatUrl,
    region: "",
    zone: "",
    host: new URL(url).hostname,
    tags: [],
    weight: 100,
    pid: 0,
    startedAt: since,
    nonce,
    registered: true,
    state: "serving",
    requires,
  };
}

/** How it is listed as a consumer of what it requires. */
export function consumerRecordOf({ id, service, url, address, since }: Participant): ConsumerRecord {
  return { id, name: service, host: new URL(url).hostname, pid: 0, address, since };
}
