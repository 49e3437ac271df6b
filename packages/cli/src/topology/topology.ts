import type { ListedInstance } from "../system/listed-instance.js";
import type { ListedConsumer } from "../system/listed-service.js";

/** Who requires whom, as a graph; printed in this shape by `sky topology --json`. */
export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
}

/** A service, or processes of one name that only call. */
export type TopologyNode = ServiceNode | ProcessNode;

export interface ServiceNode {
  /** `service:grading`. */
  readonly id: string;
  readonly kind: "service";
  readonly name: string;
  readonly versions: readonly string[];
  /** Somebody requires it, and no instance of it is listed. */
  readonly missing: boolean;
  readonly instances: readonly NodeInstance[];
}

/** What of an instance matters here; `sky instances` tells all. */
export type NodeInstance = Pick<ListedInstance, "id" | "address" | "protocol" | "url" | "state" | "host" | "pid"> & {
  /** Why it is marked down; null where it is not. */
  readonly down: string | null;
};

export interface ProcessNode {
  /** `process:portal`. */
  readonly id: string;
  readonly kind: "process";
  readonly name: string;
  readonly processes: readonly { readonly id: string; readonly host: string; readonly pid: number }[];
}

/** `from` requires `to`. */
export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
}

/** Nodes and edges, each once, sorted. */
export function topologyOf(instances: readonly ListedInstance[], consumers: readonly ListedConsumer[]): Topology {
  const edges = new Map<string, TopologyEdge>();
  const join = (from: string, to: string): void => void edges.set(`${from} ${to}`, { from, to });
  for (const { service, requires } of instances)
    for (const required of requires) join(serviceId(service), serviceId(required));
  for (const consumer of consumers) {
    const [to, from] = [serviceId(consumer.service), offeredBy(consumer, instances)];
    if (from.length === 0) join(processId(consumer.name), to);
    else if (!from.some((id) => edges.has(`${id} ${to}`))) for (const id of from) join(id, to); // it has not said which of them
  }
  const services = distinct([
    ...instances.map(({ service, requires }) => [service, ...requires]).flat(),
    ...consumers.map(({ service }) => service),
  ]).map((name) => serviceNode(name, instances));
  const processes = processNodes(consumers.filter((consumer) => offeredBy(consumer, instances).length === 0));
  const sorted = [...edges.values()].toSorted((one, other) =>
    byText(`${one.from} ${one.to}`, `${other.from} ${other.to}`),
  );
  return { nodes: [...services, ...processes].toSorted((one, other) => byText(one.id, other.id)), edges: sorted };
}

/** The services that a process offers which calls another one. */
function offeredBy({ id }: ListedConsumer, instances: readonly ListedInstance[]): readonly string[] {
  return distinct(instances.filter((instance) => instance.id === id).map(({ service }) => serviceId(service)));
}

function serviceNode(name: string, all: readonly ListedInstance[]): ServiceNode {
  const own = all.filter(({ service }) => service === name);
  return {
    id: serviceId(name),
    kind: "service",
    name,
    versions: distinct(own.map(({ version }) => version)),
    missing: own.length === 0,
    instances: own.map(({ id, address, protocol, url, state, host, pid, override }) => {
      return { id, address, protocol, url, state, host, pid, down: downText(override?.mark) };
    }),
  };
}

/** Whoever marks says why in a field of that name. */
function downText(mark: Readonly<Record<string, unknown>> | undefined): string | null {
  if (mark === undefined) return null;
  return typeof mark["why"] === "string" ? mark["why"] : "marked down";
}

function processNodes(consumers: readonly ListedConsumer[]): readonly ProcessNode[] {
  return distinct(consumers.map(({ name }) => name)).map((name) => {
    const own = new Map(consumers.filter((each) => each.name === name).map((each) => [each.id, each]));
    const processes = [...own.values()].map(({ id, host, pid }) => ({ id, host, pid }));
    return { id: processId(name), kind: "process", name, processes };
  });
}

function serviceId(name: string): string {
  return `service:${name}`;
}

function processId(name: string): string {
  return `process:${name}`;
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted(byText);
}

function byText(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
