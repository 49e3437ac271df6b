import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Framer } from "../../src/wire/framer.js";
import { specialXids } from "../../src/wire/headers.js";
import { JuteReader } from "../../src/wire/jute-reader.js";
import { JuteWriter } from "../../src/wire/jute-writer.js";
import { type OperationName, opCodes } from "../../src/wire/op-code.js";
import { until } from "./until.js";

export interface Greeting {
  readonly lastZxidSeen: bigint;
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Buffer;
}

export interface Received {
  readonly connection: FakeConnection;
  readonly xid: number;
  readonly operation: OperationName | "unknown";
  /** After the header. */
  readonly body: Buffer;
}

/** What a fake server does with a newcomer: grants a session, says that it is over, hangs up, or says nothing at all. */
export type Welcome = { sessionId: bigint; timeoutMs: number } | "hang up" | "say nothing";

const names = new Map<number, OperationName>(
  Object.entries(opCodes).map(([name, code]) => [code, name as OperationName]),
);

/** A server that speaks as a test tells it to: well, badly, or not at all. Answers pings and closing by itself. */
export class FakeServer implements AsyncDisposable {
  readonly connections: FakeConnection[] = [];
  /** What came, but for pings, in order, over all connections. */
  readonly received: Received[] = [];
  pings = 0;
  answersPings: "yes" | "no" = "yes";
  welcome: (greeting: Greeting) => Welcome = ({ sessionId, timeoutMs }) => ({ sessionId: sessionId || 77n, timeoutMs });
  answer: (request: Received) => void = () => {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.connections.push(new FakeConnection(socket, this)));
  }

  static async listen(port = 0): Promise<FakeServer> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    return new FakeServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The connection that came last. */
  get latest(): FakeConnection {
    return this.connections.at(-1) as FakeConnection;
  }

  /** The `number`th request of a kind, from 1, waited for. */
  async request(operation: OperationName, number = 1): Promise<Received> {
    const all = (): Received[] => this.received.filter((each) => each.operation === operation);
    await until(() => all().length >= number);
    return all()[number - 1] as Received;
  }

  async close(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export class FakeConnection {
  readonly socket: Socket;
  readonly #server: FakeServer;
  greeting: Greeting | undefined;
  zxid = 1n;

  constructor(socket: Socket, server: FakeServer) {
    this.socket = socket;
    this.#server = server;
    const framer = new Framer(16 * 1024 * 1024, (packet) => this.#packet(packet));
    socket.on("data", (chunk: Buffer) => framer.push(chunk));
    socket.on("error", () => {});
  }

  reply(xid: number, error = 0, body: (writer: JuteWriter) => void = () => {}): void {
    this.frame((writer) => {
      writer.int(xid);
      writer.long(this.zxid);
      writer.int(error);
      body(writer);
    });
  }

  event(type: number, path: string): void {
    this.frame((writer) => {
      writer.int(specialXids.watchEvent);
      writer.long(-1n);
      writer.int(0);
      writer.int(type);
      writer.int(3);
      writer.text(path);
    });
  }

  frame(body: (writer: JuteWriter) => void): void {
    const writer = new JuteWriter();
    writer.frame(body);
    this.socket.write(writer.take());
  }

  #packet(packet: Buffer): void {
    const reader = new JuteReader(packet);
    if (this.greeting === undefined) return this.#greeted(reader);
    const xid = reader.int();
    const operation = names.get(reader.int()) ?? "unknown";
    if (operation === "ping") {
      this.#server.pings += 1;
      if (this.#server.answersPings === "yes") this.reply(xid);
      return;
    }
    const request: Received = { connection: this, xid, operation, body: Buffer.from(packet.subarray(8)) };
    this.#server.received.push(request);
    if (operation === "closeSession") {
      this.reply(xid);
      this.socket.end();
    } else this.#server.answer(request);
  }

  #greeted(reader: JuteReader): void {
    reader.int();
    const lastZxidSeen = reader.long();
    const timeoutMs = reader.int();
    const sessionId = reader.long();
    this.greeting = { lastZxidSeen, timeoutMs, sessionId, password: reader.buffer() ?? Buffer.alloc(0) };
    const welcome = this.#server.welcome(this.greeting);
    if (welcome === "hang up") this.socket.destroy();
    else if (welcome !== "say nothing") {
      this.frame((writer) => {
        writer.int(0);
        writer.int(welcome.timeoutMs);
        writer.long(welcome.sessionId);
        writer.buffer(Buffer.alloc(16, 1));
        writer.boolean(false);
      });
    }
  }
}

export function writeStat(writer: JuteWriter): void {
  for (let field = 0; field < 4; field += 1) writer.long(1n);
  for (let field = 0; field < 3; field += 1) writer.int(0);
  writer.long(0n);
  writer.int(0);
  writer.int(0);
  writer.long(1n);
}
