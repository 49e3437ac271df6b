import { SkylarkError } from "@skylark/core";

export type Address =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "memory"; readonly name: string };

/** Reads `tcp://127.0.0.1:4000`, `tcp://[::1]:4000`, `unix:///run/x.sock`, `memory://name`. Else `invalid_argument`. */
export function parseAddress(text: string): Address {
  const [, scheme, rest = ""] = /^([a-z]+):\/\/(.*)$/.exec(text) ?? [];
  if (scheme === "tcp") return tcpAddress(text, rest);
  if (scheme === "unix" && rest.startsWith("/")) return { kind: "unix", path: rest };
  if (scheme === "memory" && rest !== "") return { kind: "memory", name: rest };
  throw invalid(text);
}

/** `host:port`, an IPv6 host in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only programs on this machine reach what listens there. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^(::ffff:)?127\./i.test(host);
}

function tcpAddress(text: string, rest: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !(port <= 65_535)) throw invalid(text);
  return { kind: "tcp", host, port };
}

function invalid(text: string): SkylarkError {
  return new SkylarkError(
    "invalid_argument",
    `${JSON.stringify(text)} is no address: write tcp://host:port, tcp://[ipv6]:port or unix:///path`,
  );
}
