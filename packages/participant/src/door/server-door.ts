import type { IncomingMessage, RequestListener, Server } from "node:http";
import { SkylarkError } from "@skylark/core";

/**
 * Answers some paths of a program's own HTTP server before the program hears of the request; all others are the program's
 * as before, whatever listeners it has, adds or takes away. Answers with what undoes it. Fails `failed_precondition`
 * where a door stands already: two would answer for each other.
 */
export function openServerDoor(server: Server, routes: ReadonlyMap<string, RequestListener>): () => void {
  if (Reflect.has(server, door)) {
    throw new SkylarkError("failed_precondition", "this server is a participant already: one server, one registration");
  }
  const own = Object.getOwnPropertyDescriptor(server, "emit");
  const passOn = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  let answered: ReadonlyMap<string, RequestListener> = routes;
  // listeners of "request" all hear of every request, so that none of them can keep one from the others: `emit` can
  const emit = (event: string | symbol, ...args: unknown[]): boolean => {
    const route = event === "request" ? answered.get(pathOf(args[0] as IncomingMessage)) : undefined;
    if (!route) return passOn(event, ...args);
    const [request, response] = args as Parameters<RequestListener>;
    route(request, response);
    return true;
  };
  Object.defineProperty(server, door, { configurable: true, value: true });
  Object.defineProperty(server, "emit", { configurable: true, writable: true, value: emit });
  return () => {
    Reflect.deleteProperty(server, door);
    answered = new Map();
    if (server.emit !== emit) return; // somebody stands before it now: it lets everything through
    if (own) Object.defineProperty(server, "emit", own);
    else Reflect.deleteProperty(server, "emit");
  };
}

const door = Symbol.for("skylark.participant");

function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "";
}
