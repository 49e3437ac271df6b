import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson } from "../answer/answer.js";
import { refuseAllButGet } from "./own-pages.js";
import type { DoorServer } from "./service-calls.js";

/**
 * Whether callers choose a service here. `unlisted`: the store has not held it yet. `unregistered`: it is out of rotation.
 * Once listed it stays `ready` while the store is away: those who know it call on.
 */
export type ServiceStanding = "ready" | "unlisted" | "unregistered" | "leaving";

export interface ReadinessBody {
  readonly status: "ready" | "unready";
  readonly instance: string;
  readonly services: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: ServiceStanding;
  }[];
  /** Why it is not ready; empty where it is. */
  readonly reasons: readonly string[];
}

const whyUnready: Readonly<Record<Exclude<ServiceStanding, "ready">, string>> = {
  unlisted: "is not listed yet: the store has not confirmed it",
  unregistered: "is out of rotation",
  leaving: "is leaving",
};

/** Whether to choose this process: 200 where it serves, and all that it offers is listed, in rotation and not leaving. */
export function answerReadiness(
  request: IncomingMessage,
  response: ServerResponse,
  { instance, offered, leaving }: Pick<DoorServer, "instance" | "offered" | "leaving">,
  state: "serving" | "leaving",
  standingOf: (service: string) => ServiceStanding,
): void {
  refuseAllButGet(request);
  const services = offered
    .filter(({ name }) => !name.startsWith("skylark."))
    .map(({ name, version }) => ({
      name,
      version,
      state: leaving.includes(name) ? ("leaving" as const) : standingOf(name),
    }));
  const reasons = services.flatMap(({ name, state: each }) =>
    each === "ready" ? [] : [`"${name}" ${whyUnready[each]}`],
  );
  if (state === "leaving") reasons.unshift("the process is leaving");
  const status = reasons.length === 0 ? "ready" : "unready";
  const body: ReadinessBody = { status, instance, services, reasons };
  sendJson(response, status === "ready" ? 200 : 503, body);
}
