import { SkylarkError } from "@skylark/core";
import { hostAndPort, parseAddress } from "@skylark/rpc/internal";

/**
 * Where things stand in the coordination store: the only module that knows. `docs/protocol/layout.md` is its page.
 * Names that cannot be part of a key fail `invalid_argument`.
 */
export interface Layout {
  readonly cluster: string;
  /** Parent of all services; of one, with its name. Its children are the services that have, or had, instances. */
  services(service?: string): string;
  consumers(service?: string): string;
  overrides(service?: string): string;
  instance(service: string, address: string, id: string): string;
  consumer(service: string, id: string): string;
  override(service: string, id: string): string;
  /** Where the instances of a service elect the one that leads. */
  leader(service: string): string;
  /** What a registry keeps of a program that takes part by plain HTTP; without an id, the parent of all. */
  participant(id?: string): string;
}

export function layout(cluster: string): Layout {
  const root = `/skylark/${checkName("cluster", cluster)}`;
  const below = (kind: string, service: string | undefined): string =>
    service === undefined ? `${root}/${kind}` : `${root}/${kind}/${checkName("service", service)}`;
  const services = (service?: string): string => below("services", service);
  const consumers = (service?: string): string => below("consumers", service);
  const overrides = (service?: string): string => below("overrides", service);
  return {
    cluster,
    services,
    consumers,
    overrides,
    instance: (service, address, id) => `${services(service)}/${instanceName(address, id)}`,
    consumer: (service, id) => `${consumers(service)}/${checkName("consumer", id)}`,
    override: (service, id) => `${overrides(service)}/${checkName("instance", id)}`,
    leader: (service) => below("leaders", service),
    participant: (id) => `${root}/participants${id === undefined ? "" : `/${checkName("participant", id)}`}`,
  };
}

/** `127.0.0.1:4000~k3f9`: the last segment of an instance's key shows where it listens to whoever lists by hand. */
function instanceName(address: string, id: string): string {
  const parsed = parseAddress(address);
  const name = parsed.kind === "tcp" ? hostAndPort(parsed.host, parsed.port) : undefined;
  if (name === undefined || name.length > hostAndPortLettersMax || !keySegment.test(name)) {
    throw refused(`${JSON.stringify(address)} cannot be registered: an instance is found by tcp://host:port`);
  }
  return `${name}~${checkName("instance", id)}`;
}

/** The last segment of a key. */
export function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Whether `name` can name a cluster, a service, an instance or a consumer. */
export function isName(name: string): boolean {
  return namePattern.test(name);
}

/** Fails `invalid_argument` where `name` cannot name a cluster, a service, an instance or a consumer. */
function checkName(what: string, name: string): string {
  if (isName(name)) return name;
  throw refused(
    `${JSON.stringify(name)} cannot name a ${what}: up to 128 letters, digits, dots, dashes and underscores, the first no dot`,
  );
}

const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const keySegment = /^[A-Za-z0-9._:@+~[\]-]+$/;
const hostAndPortLettersMax = 260; // a DNS name has at most 253

function refused(message: string): SkylarkError {
  return new SkylarkError("invalid_argument", message);
}
