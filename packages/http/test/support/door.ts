import type { LogLevel } from "@skylark/core";
import { type Clock, systemClock } from "@skylark/core/internal";
import { HttpDoor } from "@skylark/http/internal";
import {
  connectionResources,
  methodsOf,
  parseAddress,
  RpcClient,
  RpcServer,
  type Service,
  sharedTransport,
  socketTransport,
} from "@skylark/rpc/internal";
import { expect, onTestFinished } from "vitest";
import type { ServiceStanding } from "../../src/door/readiness.js";
import type { PortLimits } from "../../src/port/http-port.js";
import type { BrowserRulesOptions } from "../../src/rules/browser-rules.js";
import { RawClient } from "./raw-client.js";

export interface DoorOptions extends Partial<BrowserRulesOptions> {
  readonly timeoutMs?: number;
  /** Of the door alone. Default: the system's. */
  readonly clock?: Clock;
  readonly standingOf?: (service: string) => ServiceStanding;
  readonly limits?: Partial<PortLimits>;
}

/** A process with its port open: a server, its door, and what they said. All is closed when the test is over. */
export class OpenDoor {
  readonly server: RpcServer;
  readonly door: HttpDoor;
  readonly logged: { readonly level: LogLevel; readonly message: string }[] = [];
  readonly port: number;

  static async open(services: readonly Service[], options: DoorOptions = {}): Promise<OpenDoor> {
    const logged: OpenDoor["logged"] = [];
    const log = (level: LogLevel, message: string): void => void logged.push({ level, message });
    const resources = connectionResources({ log });
    const transport = sharedTransport({ http: { takes: (socket) => door.takes(socket) }, clock: systemClock, log });
    const server = new RpcServer({ instance: "instance-1", transport, resources });
    for (const service of services) server.offer(service);
    const { timeoutMs = 5000, limits, standingOf, clock = systemClock, bind = "127.0.0.1", ...rules } = options;
    const rest = { timeoutMs, limits, standingOf, clock, log };
    const door = new HttpDoor({ server, rules: { bind, ...rules }, ...rest });
    const address = parseAddress(await server.listen("tcp://127.0.0.1:0"));
    const open = new OpenDoor(server, door, logged, address.kind === "tcp" ? address.port : 0);
    onTestFinished(async () => {
      await door.close(0);
      await server.close();
      expect(resources.deadlines.size, "deadlines that nobody took off the wheel").toBe(0);
    });
    return open;
  }

  private constructor(server: RpcServer, door: HttpDoor, logged: OpenDoor["logged"], port: number) {
    this.server = server;
    this.door = door;
    this.logged = logged;
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  raw(): RawClient {
    return new RawClient(this.port);
  }

  /** What is answered to exactly these bytes, once the connection has ended. */
  async answerTo(...bytes: readonly (string | Uint8Array)[]): Promise<string> {
    return await this.raw()
      .say(...bytes)
      .ended();
  }

  /** A request as any program sends it, and what came of it. */
  async ask(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown; headers: Headers }> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text), headers: response.headers };
  }

  /** A call with JSON. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}) {
    return await this.ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  /** A native client on the same port. */
  async native(service: string, method: string, args: unknown[]): Promise<unknown> {
    const client = new RpcClient({
      identity: { name: "tester", proof: "none" },
      transport: socketTransport,
      resources: connectionResources(),
    });
    try {
      const channel = client.channel(service);
      channel.update([{ id: this.server.instance, address: `tcp://127.0.0.1:${this.port}` }]);
      return await channel.call(method, args);
    } finally {
      client.close();
    }
  }
}

export function serviceOf(name: string, implementation: object): Service {
  return { name, version: "1.0.0", methods: methodsOf(implementation) };
}
