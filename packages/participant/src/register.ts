import type { Server } from "node:http";
import { type Log, SkylarkError, silentLog } from "@skylark/core";
import { systemClock, systemRandom } from "@skylark/core/internal";
import { type Participant, Participation } from "./participant.js";
import { type RegistrationBody, RegistryLink } from "./registry-link.js";
import { isHttpUrl } from "./view/patch.js";

export interface RegisterOptions {
  /** The service that this program provides: up to 128 letters, digits, dots, dashes and underscores. */
  readonly name: string;
  /** The program's own server. It listens already. */
  readonly server: Server;
  /**
   * Where others reach it. Default: the address that the server listens on; to be said where that is not what others dial,
   * and where the server listens on all addresses.
   */
  readonly url?: string;
  /** Names of the services whose instances it wants to know. Default: none. */
  readonly requires?: readonly string[];
  /** Where the registry is. Default: the environment's `SKYLARK_REGISTRY`, else `http://127.0.0.1:3000`. */
  readonly registry?: string;
  /** The path on `server` that patches are sent to; the program itself never hears of it. Default: `/services`. */
  readonly updatePath?: string;
  /** The path on `server` that answers the heartbeat. Default: `/heartbeat`. */
  readonly heartbeatPath?: string;
  /** How long the registry is waited for, in milliseconds. Default: for as long as it takes. */
  readonly waitMs?: number;
  /** Gives up registering. Once registered it has no meaning: `unregister` leaves. */
  readonly signal?: AbortSignal;
  /**
   * Without a heartbeat asked for so long, in milliseconds and give or take a quarter, the registry is asked whether it
   * still knows the participant. Default: 10,000, three times the interval of Skylark's registry.
   */
  readonly silenceMs?: number;
  /** Where the participant's own words go. Default: nowhere. */
  readonly log?: Log;
}

/**
 * Registers a program with a registry by plain HTTP, answers its heartbeat and keeps what it requires in memory. Resolves
 * when the registry has taken it; while the registry is away it is tried again with growing, scattered delays. An earlier
 * start of the program at the same URL, killed without a word, is replaced.
 *
 * Fails `failed_precondition` where the server does not listen or is a participant already, `invalid_argument` where an
 * option or the registry says so, `unavailable` when `waitMs` are over, `cancelled` when `signal` is aborted. The server is
 * then as it was.
 *
 * @example
 * const server = createServer(pages).listen(5000, "127.0.0.1");
 * await once(server, "listening");
 * const portal = await register({ name: "portal", requires: ["grading"], server });
 * const grading = portal.provider("grading"); // "http://127.0.0.1:6000"
 */
export async function register(options: RegisterOptions): Promise<Participant> {
  const { name, server, waitMs, signal, silenceMs = 10_000, log = silentLog } = options;
  if (!server.listening) {
    const message = `${name} cannot register: its server does not listen yet, and others would call it in vain; await "listening"`;
    throw new SkylarkError("failed_precondition", message);
  }
  const link = new RegistryLink(options.registry ?? process.env["SKYLARK_REGISTRY"] ?? "http://127.0.0.1:3000");
  const surroundings = { clock: systemClock, random: systemRandom, log };
  const participation = new Participation({ ...surroundings, link, body: bodyOf(options), server, silenceMs });
  await participation.start(waitMs, signal);
  return participation;
}

function bodyOf(options: RegisterOptions): RegistrationBody {
  const { name, server, requires = [], updatePath = "/services", heartbeatPath = "/heartbeat" } = options;
  const url = options.url ?? urlOf(server);
  if (!isHttpUrl(url)) throw refused(`url ${JSON.stringify(url)} is no http:// or https:// URL`);
  if (updatePath === heartbeatPath) throw refused(`updatePath and heartbeatPath are both ${updatePath}: say two`);
  return {
    ServiceName: name,
    ServiceURL: url,
    RequiredServices: [...new Set(requires)],
    ServiceUpdateURL: at("updatePath", updatePath, url),
    HeartbeatURL: at("heartbeatPath", heartbeatPath, url),
  };
}

function at(option: string, path: string, url: string): string {
  const whole = new URL(path, url);
  if (path === whole.pathname) return whole.href;
  throw refused(`${option} ${JSON.stringify(path)} is no path that begins with a slash`);
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw refused("the server listens on no port: say url");
  const { address: host, port, family } = address;
  if (host === "0.0.0.0" || host === "::") throw refused(`the server listens on all addresses: say url`);
  const scheme = "setSecureContext" in server ? "https" : "http";
  return `${scheme}://${family === "IPv6" ? `[${host}]` : host}:${port}`;
}

function refused(message: string): SkylarkError {
  return new SkylarkError("invalid_argument", message);
}
