import { SkylarkError } from "@skylark/core";
import { layout } from "@skylark/discovery/internal";
import type { FieldProblem } from "@skylark/rpc";
import { registryLimits } from "../limits.js";
import { addressOf, participantId } from "./participant-url.js";

/** What a program says of itself when it registers, checked. */
export interface RegistrationRequest {
  readonly serviceName: string;
  /** As it was written: participants get it so. */
  readonly serviceUrl: string;
  /** Each once. */
  readonly requiredServices: readonly string[];
  readonly serviceUpdateUrl: string;
  readonly heartbeatUrl: string;
  /** What is spoken at the host and port of its URL, beside HTTP. */
  readonly protocol: "skylark" | "http";
  /** Empty where it says none. */
  readonly version: string;
}

/**
 * Reads the body of a registration. Fails `invalid_argument` with reason VALIDATION and names every field that is missing or
 * wrong, in the message and in `details.problems`. Two fields may be missing; those beyond them are left aside.
 */
export function parseRegistration(body: unknown): RegistrationRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw refused([{ field: "", problem: "the body is no JSON object" }]);
  }
  const problems: FieldProblem[] = [];
  const read = <T>(field: string, check: (value: unknown) => T): T | undefined => {
    try {
      if (!Object.hasOwn(body, field)) throw new Problem("is missing");
      return check((body as Record<string, unknown>)[field]);
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
      problems.push({ field, problem: thrown.message });
      return undefined;
    }
  };
  const serviceName = read("ServiceName", nameIn);
  const serviceUrl = read("ServiceURL", serviceUrlIn);
  const requiredServices = read("RequiredServices", namesIn);
  const serviceUpdateUrl = read("ServiceUpdateURL", urlIn);
  const heartbeatUrl = read("HeartbeatURL", urlIn);
  const protocol = Object.hasOwn(body, "Protocol") ? read("Protocol", protocolIn) : "http";
  const version = Object.hasOwn(body, "Version") ? read("Version", versionIn) : "";
  if (!serviceName || !serviceUrl || !requiredServices || !serviceUpdateUrl || !heartbeatUrl) throw refused(problems);
  if (!protocol || version === undefined) throw refused(problems);
  if (protocol === "skylark" && !serviceUrl.startsWith("http:")) throw refused([encryptedProtocol]);
  return { serviceName, serviceUrl, requiredServices, serviceUpdateUrl, heartbeatUrl, protocol, version };
}

const encryptedProtocol = { field: "Protocol", problem: 'is "skylark", which is not spoken where https:// is' };

/** A URL that somebody registers or takes out. Fails `invalid_argument` and says what is wrong with it. */
export function parseServiceUrl(text: string): string {
  try {
    return urlIn(text);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    throw new SkylarkError("invalid_argument", `the body, which names a ServiceURL, ${thrown.message}`);
  }
}

/** What one field has against its value. */
class Problem extends Error {}

function nameIn(value: unknown): string {
  if (typeof value !== "string") throw new Problem("is no text");
  if (isServiceName(value)) return value;
  throw new Problem("is no name: 1 to 128 letters, digits, dots, dashes and underscores, the first no dot");
}

function namesIn(value: unknown): readonly string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Problem("is neither a list of names nor null");
  const { requiredServicesMax: most } = registryLimits;
  const wrong = value.findIndex((each) => typeof each !== "string" || !isServiceName(each));
  if (wrong !== -1) throw new Problem(`has something at place ${wrong} that is no name of a service`);
  const names = [...new Set(value as string[])];
  if (names.length > most) throw new Problem(`names ${names.length} services; at most ${most}`);
  return names;
}

function protocolIn(value: unknown): "skylark" | "http" {
  if (value === "skylark" || value === "http") return value;
  throw new Problem('is neither "skylark" nor "http"');
}

function versionIn(value: unknown): string {
  const { versionLettersMax } = registryLimits;
  if (typeof value !== "string") throw new Problem("is no text");
  if (value.length > versionLettersMax) throw new Problem(`has ${value.length} letters; at most ${versionLettersMax}`);
  return value;
}

function urlIn(value: unknown): string {
  const { urlLettersMax } = registryLimits;
  if (typeof value !== "string") throw new Problem("is no text");
  if (value.length > urlLettersMax) throw new Problem(`has ${value.length} letters; at most ${urlLettersMax}`);
  if (!URL.canParse(value) || !/^[!-~]+$/.test(value)) {
    throw new Problem(`is no URL: write http://host:port, with every other character percent-encoded`);
  }
  const { protocol, username, password, hash } = new URL(value);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new Problem(`begins with "${protocol}": only http:// and https:// can be reached`);
  }
  if (username || password) throw new Problem("holds a user name or a password, which everybody could read");
  if (hash || value.endsWith("#")) throw new Problem('has a "#", which is never sent');
  return value;
}

/** As `urlIn`; and its host can be shown in the store, where whoever looks by hand finds it. */
function serviceUrlIn(value: unknown): string {
  const url = urlIn(value);
  try {
    layout("any").instance("any", addressOf(url), participantId(url));
    return url;
  } catch {
    throw new Problem("has a host that is neither a name nor an address");
  }
}

function isServiceName(text: string): boolean {
  try {
    layout("any").services(text);
    return true;
  } catch {
    return false;
  }
}

function refused(problems: readonly FieldProblem[]): SkylarkError {
  const words = problems.map(({ field, problem }) => `${field} ${problem}`.trim()).join("; ");
  return new SkylarkError("invalid_argument", `the registration is refused: ${words}`, {
    reason: "VALIDATION",
    details: { problems },
    notExecuted: true,
  });
}
