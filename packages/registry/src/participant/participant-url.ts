import { createHash } from "node:crypto";

/** The instance id of whoever serves at this URL: always the same, so that nobody can stand there twice. */
export function participantId(url: string): string {
  return `http-${createHash("sha256").update(urlIdentity(url)).digest("hex").slice(0, 16)}`;
}

/** `tcp://host:port` of a URL. */
export function addressOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `tcp://${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** Two spellings of one URL have it in common: the case of the host, the port that goes without saying, a slash at the end. */
function urlIdentity(url: string): string {
  const { href, search } = new URL(url);
  return search ? href : href.replace(/\/$/, "");
}
