import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson } from "../answer/answer.js";
import { refuseAllButGet } from "./own-pages.js";
import type { DoorServer } from "./service-calls.js";

export interface HealthBody {
  readonly status: "serving" | "draining";
  readonly instance: string;
  readonly services: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: "serving" | "leaving";
  }[];
}

/** Whether to send requests here: 200 while it serves, 503 once the process, or all that it offers, is leaving. */
export function answerHealth(
  request: IncomingMessage,
  response: ServerResponse,
  { instance, offered, leaving }: Pick<DoorServer, "instance" | "offered" | "leaving">,
  state: "serving" | "leaving",
): void {
  refuseAllButGet(request);
  const services = offered
    .filter(({ name }) => !name.startsWith("skylark."))
    .map(({ name, version }) => ({
      name,
      version,
      state: leaving.includes(name) ? ("leaving" as const) : ("serving" as const),
    }));
  const allLeave = services.length > 0 && services.every((service) => service.state === "leaving");
  const status = state === "leaving" || allLeave ? "draining" : "serving";
  const body: HealthBody = { status, instance, services };
  sendJson(response, status === "serving" ? 200 : 503, body);
}
