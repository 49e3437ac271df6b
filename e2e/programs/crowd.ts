import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { answer } from "./side.js";

/** Many programs in one process that take part by plain HTTP, each as somebody writes one who has read the contract alone. */

const { values: args } = parseArgs({ options: { registry: { type: "string", default: "" } } });

interface Order {
  readonly name: string;
  readonly requires: readonly string[];
}

interface Patch {
  readonly Added: readonly { readonly Name: string; readonly URL: string }[];
  readonly Removed: readonly { readonly Name: string; readonly URL: string }[];
}

class Member {
  readonly order: Order;
  readonly url: string;
  readonly view = new Set<string>();
  /** Of heartbeats: when each came. */
  readonly beats: number[] = [];
  patches = 0;
  manner: "well" | "hangs" | "left" = "well";

  constructor(order: Order, url: string) {
    this.order = order;
    this.url = url;
  }

  async join(): Promise<void> {
    const body = JSON.stringify({
      ServiceName: this.order.name,
      ServiceURL: this.url,
      RequiredServices: this.order.requires,
      ServiceUpdateURL: `${this.url}/services`,
      HeartbeatURL: `${this.url}/heartbeat`,
    });
    for (;;) {
      this.view.clear();
      const status = await asked("POST", body, "application/json");
      if (status === 200) return;
      if (status === 409) await this.takeOut();
      else await pause(20);
    }
  }

  async leave(): Promise<void> {
    await this.takeOut();
    this.manner = "left";
  }

  async takeOut(): Promise<void> {
    for (;;) {
      const status = await asked("DELETE", this.url, "text/plain");
      if (status === 200 || status === 404) return;
      await pause(20);
    }
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.manner === "left") return void response.writeHead(410).end();
    if (request.method === "GET") {
      this.beats.push(performance.now());
      if (this.manner === "well") response.end();
      return;
    }
    let text = "";
    for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
    const { Added, Removed } = JSON.parse(text) as Patch;
    for (const { Name, URL } of Removed) this.view.delete(`${Name} ${URL}`);
    for (const { Name, URL } of Added) this.view.add(`${Name} ${URL}`);
    this.patches++;
    response.end();
  }
}

/** The status, or 0 where none came: the registry is away, or died over it. */
async function asked(method: string, body: string, type: string): Promise<number> {
  try {
    const response = await fetch(`${args.registry}/services`, {
      method,
      body,
      headers: { "content-type": type },
      signal: AbortSignal.timeout(5000),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

const members = new Map<string, Member>();
const servers = await Promise.all(Array.from({ length: 4 }, listening));

async function listening(): Promise<Server> {
  const server = createServer((request, response) => {
    const { url = "" } = request;
    const member = members.get(`${addressOf(server)}${/^\/p\/\d+/.exec(url)?.[0] ?? ""}`);
    if (member) void member.serve(request, response).catch(() => response.destroy());
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function existing(url: string): Member {
  const member = members.get(url);
  if (!member) throw new Error(`nobody here is ${url}`);
  return member;
}

let joined = 0;

answer(
  { pid: process.pid },
  {
    /** Resolves with its URL when it is registered, however long the registry is away. */
    join: async (order: Order & { readonly hangs?: true }) => {
      const server = servers[joined % servers.length] as Server;
      const url = `${addressOf(server)}/p/${joined++}`;
      const member = new Member(order, url);
      if (order.hangs) member.manner = "hangs";
      members.set(url, member);
      await member.join();
      return url;
    },
    leave: (url: string) => existing(url).leave(),
    members: () =>
      [...members.values()]
        .filter(({ manner }) => manner !== "left")
        .map(({ url, order, view, patches, beats, manner }) => ({
          url,
          ...order,
          view: [...view].toSorted(),
          patches,
          beats,
          manner,
        })),
    forgetBeats: () => {
      for (const { beats } of members.values()) beats.length = 0;
    },
  },
);
