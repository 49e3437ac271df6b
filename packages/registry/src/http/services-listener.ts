import type { IncomingMessage, ServerResponse } from "node:http";
import { SkylarkError } from "@skylark/core";
import { HttpRefusal, methodNotAllowed, readJson, readText, sendError, sendJson } from "@skylark/http/internal";
import fastify, { type FastifyError, type FastifyReply } from "fastify";
import { registryLimits } from "../limits.js";
import type { Participant } from "../participant/participant.js";
import { parseRegistration, parseServiceUrl, type RegistrationRequest } from "../participant/registration-request.js";

/** What the listener asks of the registry behind it. */
export interface ServicesDesk {
  register(request: RegistrationRequest): Promise<Participant>;
  unregister(url: string): Promise<Pick<Participant, "service" | "url">>;
  /** All that it knows, as JSON. */
  list(): unknown;
}

export interface ServicesListener {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** `/services` of the HTTP contract (docs/protocol/registry.md). Whoever opens it closes it. */
export async function openServicesListener(desk: ServicesDesk): Promise<ServicesListener> {
  const routes = fastify();
  routes.removeAllContentTypeParsers();
  // each route reads its body itself, in the manner of everything else on the port
  routes.addContentTypeParser("*", (_request, _body, done) => done(null));
  routes.post(servicesPath, async ({ raw }, reply) => {
    const request = parseRegistration(await readJson(raw, bodyLimits));
    answer(reply, 200, registrationBody(await desk.register(request)));
  });
  routes.delete(servicesPath, async ({ raw }, reply) => {
    const url = parseServiceUrl((await readText(raw, bodyLimits)).trim());
    const { service: ServiceName, url: ServiceURL } = await desk.unregister(url);
    answer(reply, 200, { ServiceName, ServiceURL });
  });
  routes.get(servicesPath, async (_request, reply) => answer(reply, 200, desk.list()));
  routes.setNotFoundHandler(({ method, url }) => {
    const [path = ""] = url.split("?", 1);
    if (path === servicesPath) throw methodNotAllowed(path, method, ["GET", "HEAD", "POST", "DELETE"]);
    throw new SkylarkError("not_found", `there is nothing at ${path}: the registry is at ${servicesPath}`);
  });
  routes.setErrorHandler((thrown: FastifyError, _request, reply) => {
    reply.hijack();
    sendError(reply.raw, refusalOf(thrown));
  });
  await routes.ready();
  return { listener: (request, response) => routes.routing(request, response), close: () => routes.close() };
}

export const servicesPath = "/services";

const bodyLimits = { bytesMax: registryLimits.bodyBytesMax };

function answer(reply: FastifyReply, status: number, body: unknown): void {
  reply.hijack();
  sendJson(reply.raw, status, body);
}

/** With what only those who said it are told: what they speak, and as whom they are dialled. */
function registrationBody(participant: Participant): object {
  const { id, service, url, requires, updateUrl, heartbeatUrl, protocol, version } = participant;
  return {
    ServiceName: service,
    ServiceURL: url,
    RequiredServices: requires,
    ServiceUpdateURL: updateUrl,
    HeartbeatURL: heartbeatUrl,
    ...(protocol === "skylark" && { Protocol: protocol, Version: version, Instance: id }),
  };
}

/** What the router refuses by itself has a status and words of its own. */
function refusalOf(thrown: FastifyError): unknown {
  const { statusCode, message } = thrown;
  if (thrown instanceof SkylarkError || statusCode === undefined || statusCode >= 500) return thrown;
  return new HttpRefusal(statusCode, "invalid_argument", message, { cause: thrown });
}
