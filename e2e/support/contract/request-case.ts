import type { Exchange, Sent } from "./exchange.js";

/** One request and what is to be answered, as `conformance/registry/requests.json` says it. Its README tells the words. */
export interface RequestCase {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly registration?: {
      readonly with?: Readonly<Record<string, unknown>>;
      readonly without?: readonly string[];
      readonly paddedTo?: number;
    };
    readonly body?: BodyWords;
  };
  readonly answer?: {
    readonly status: number | readonly number[];
    readonly code?: string;
    readonly names?: readonly string[];
    readonly allow?: readonly string[];
  };
}

type BodyWords =
  | { readonly text: string }
  | { readonly hex: string }
  | { readonly bytes: number }
  | { readonly declares: number }
  | { readonly endless: true };

/** What a case is filled in with. */
export interface Blanks {
  readonly registry: string;
  /** Where the program would be that registers. */
  readonly program: string;
  /** Its name, where the case says none. */
  readonly service: string;
}

/** The request of a case as it goes out. */
export function requestOf({ request }: RequestCase, blanks: Blanks): Sent {
  const { method, path, registration, body } = request;
  const url = blanks.registry + path;
  const usual = method === "POST" ? { "content-type": "application/json" } : {};
  const sent = { method, url, headers: { ...usual, ...request.headers } };
  if (registration) return withLength(sent, Buffer.from(registrationText(registration, blanks)));
  if (!body) return withLength(sent, Buffer.alloc(0));
  if ("endless" in body) return { ...sent, body: "endless" };
  if ("declares" in body) {
    return { ...sent, headers: { ...sent.headers, "content-length": String(body.declares) }, body: undefined };
  }
  return withLength(sent, bytesOf(body, blanks));
}

/** The URL under which a case would be registered. */
export function serviceUrlOf({ request }: RequestCase, blanks: Blanks): string {
  const own = request.registration?.with?.["ServiceURL"];
  return typeof own === "string" ? filled(own, blanks) : blanks.program;
}

/** The answer in the words of a case, so that a difference reads well. Fields that the case does not speak of are left out. */
export function inWordsOf(
  { answer = { status: [200, 204] } }: RequestCase,
  { status, headers, text }: Exchange,
): object {
  const said = answer.code === undefined ? undefined : errorIn(text);
  const statuses = [answer.status].flat();
  return {
    status: statuses.includes(status) ? answer.status : `${status} ${text}`,
    ...(answer.code !== undefined && { code: said?.code }),
    ...(answer.names && { names: answer.names.filter((name) => said?.message.includes(name)) }),
    ...(answer.allow && { allow: answer.allow.filter((method) => headers.allow?.split(/\s*,\s*/).includes(method)) }),
  };
}

/** The error shape, or what is there in its place. */
function errorIn(text: string): { readonly code: unknown; readonly message: string } {
  try {
    const { error } = JSON.parse(text) as { error: { code: unknown; message: unknown } };
    return { code: error.code, message: String(error.message) };
  } catch {
    return { code: `no error in JSON: ${text.slice(0, 200)}`, message: "" };
  }
}

function registrationText(
  { with: changed = {}, without = [], paddedTo = 0 }: NonNullable<RequestCase["request"]["registration"]>,
  blanks: Blanks,
): string {
  const { program, service } = blanks;
  const whole: Record<string, unknown> = {
    ServiceName: service,
    ServiceURL: program,
    RequiredServices: [],
    ServiceUpdateURL: `${program}/services`,
    HeartbeatURL: `${program}/heartbeat`,
    ...changed,
  };
  for (const field of without) delete whole[field];
  const text = JSON.stringify(whole, (_, value: unknown) =>
    typeof value === "string" ? filled(value, blanks) : value,
  );
  return text.padEnd(paddedTo, " ");
}

function bytesOf(body: Exclude<BodyWords, { declares: number } | { endless: true }>, blanks: Blanks): Buffer {
  if ("text" in body) return Buffer.from(filled(body.text, blanks));
  return "hex" in body ? Buffer.from(body.hex, "hex") : Buffer.alloc(body.bytes, " ");
}

/** `{program}` is the program's URL, `{a*129}` the letter a 129 times. */
function filled(text: string, { program }: Blanks): string {
  return text
    .replaceAll("{program}", program)
    .replaceAll(/\{(.)\*(\d+)\}/g, (_, letter: string, times: string) => letter.repeat(Number(times)));
}

function withLength(sent: Omit<Sent, "body">, body: Buffer): Sent {
  return { ...sent, headers: { ...sent.headers, "content-length": String(body.length) }, body };
}
