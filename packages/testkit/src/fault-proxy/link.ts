import type { Socket } from "node:net";
import { Frames } from "./framing.js";
import { Lane } from "./lane.js";
import type { FaultPlan } from "./plan.js";

/** One connection through the proxy: a lane there and a lane back. */
export class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #plan: FaultPlan;
  readonly #lanes: { readonly "to-server": Lane; readonly "to-client": Lane };
  readonly #requests: Frames | undefined;
  readonly #replies: Frames | undefined;
  readonly #closed: (link: Link) => void;

  constructor(client: Socket, server: Socket, plan: FaultPlan, closed: (link: Link) => void) {
    this.#client = client;
    this.#server = server;
    this.#plan = plan;
    this.#closed = closed;
    this.#lanes = {
      "to-server": new Lane(client, server, plan.modes["to-server"]),
      "to-client": new Lane(server, client, plan.modes["to-client"]),
    };
    this.#requests = plan.framing && new Frames(plan.framing);
    this.#replies = plan.framing && new Frames(plan.framing);
    this.#join(client, "to-server");
    this.#join(server, "to-client");
  }

  /** Applies what the plan says now. A connection that lost bytes is of no more use, and is cut. */
  replan(): void {
    for (const direction of ["to-server", "to-client"] as const) {
      const lane = this.#lanes[direction];
      const mode = this.#plan.modes[direction];
      if (lane.lostBytes > 0 && mode !== "drop") return this.cut();
      lane.mode = mode;
    }
  }

  cut(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
    for (const lane of Object.values(this.#lanes)) lane.close();
    this.#closed(this);
  }

  #join(source: Socket, direction: "to-server" | "to-client"): void {
    const lane = this.#lanes[direction];
    const delay = (): number => this.#plan.delaysMs[direction];
    source.on("data", (bytes) => {
      if (direction === "to-server") this.#note(bytes);
      const passed = direction === "to-client" ? this.#withoutDropped(bytes) : bytes;
      if (passed.length > 0) lane.push(passed, delay());
    });
    source.once("end", () => lane.finish("end", delay()));
    source.once("error", () => undefined); // "close" follows
    source.once("close", (failed) => {
      if (failed) lane.finish("reset", delay());
      if (this.#client.destroyed && this.#server.destroyed) this.#closed(this);
    });
  }

  #note(bytes: Buffer): void {
    for (const request of this.#requests?.push(bytes) ?? []) this.#plan.sawRequest(request, this);
  }

  /** What is left of the bytes; where a reply is to vanish, the frames around it go one by one. */
  #withoutDropped(bytes: Buffer): Buffer {
    if (!this.#replies) return bytes;
    const kept: Buffer[] = [];
    for (const reply of this.#replies.push(bytes)) {
      const verdict = this.#plan.sawReply(reply, this);
      if (verdict === "cut") {
        this.cut();
        return Buffer.alloc(0);
      }
      if (verdict === "pass") kept.push(reply);
    }
    return kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept);
  }
}
