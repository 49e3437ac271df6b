import { once } from "node:events";
import { readdirSync, renameSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Ledger } from "./ledger.js";

/** How messages of clients of the embedded store look among the bytes: texts stand in them as they are, behind their length. */
const messages = new RegExp(
  "\\xa4kind(?:" +
    ".(?<upkeep>watch|unwatch|keepAlive|leave)|" +
    "\\xa5(?<greeting>hello)\\xa7version.{1,9}?\\xa5ttlMs.{1,9}?\\xa7session(?<session>.)|" +
    "\\xa4call\\xa4call.{1,9}?\\xa7request.\\xa4kind.(?<operation>get|list|children|write))",
  "gs",
);

/** In the place of a session: there was none. */
const none = "\xc0";

/** More than the longest of these takes. */
const messageBytesMax = 128;

/** Steps between a store's host and the clients that come from now on, and notes in the ledger what passes. */
export class EmbeddedProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(behind: string, ledger: Ledger) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client, behind, ledger));
  }

  /** `home`: of the store; its host runs. */
  static async start(home: string, ledger: Ledger): Promise<EmbeddedProxy> {
    const folder = readdirSync(home).find((name) => name.startsWith("store-v"));
    if (folder === undefined) throw new Error(`no store in ${home}`);
    const socket = join(home, folder, "socket");
    const behind = join(home, folder, "behind");
    renameSync(socket, behind);
    const proxy = new EmbeddedProxy(behind, ledger);
    proxy.#server.listen(socket);
    await once(proxy.#server, "listening");
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket, behind: string, ledger: Ledger): void {
    const host = dial({ path: behind, allowHalfOpen: true });
    const reader = new MessageReader(client, ledger);
    client.on("data", (bytes: Buffer) => reader.read(bytes));
    for (const [from, to] of [
      [client, host],
      [host, client],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on("error", () => undefined); // "close" follows
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

/** Finds the messages of one client, in whatever pieces they come. */
class MessageReader {
  readonly #connection: object;
  readonly #ledger: Ledger;
  #unread = "";

  constructor(connection: object, ledger: Ledger) {
    this.#connection = connection;
    this.#ledger = ledger;
  }

  read(bytes: Buffer): void {
    const text = this.#unread + bytes.toString("latin1");
    let readTo = 0;
    for (const found of text.matchAll(messages)) {
      readTo = found.index + found[0].length;
      const { upkeep, greeting, session, operation } = found.groups ?? {};
      if (operation !== undefined) this.#ledger.note(this.#connection, operation, "operation");
      if (upkeep !== undefined) this.#ledger.note(this.#connection, upkeep, "upkeep");
      if (greeting !== undefined)
        this.#ledger.note(this.#connection, greeting, session === none ? "opening" : "upkeep");
    }
    this.#unread = text.slice(Math.max(readTo, text.length - messageBytesMax));
  }
}
