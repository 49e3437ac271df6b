import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { deferred } from "@skylark/core/internal";
import type { Ledger } from "./ledger.js";

/** Etcd's services, and what their calls are. Sessions are leases. */
const upkeepServices: ReadonlySet<string> = new Set(["etcdserverpb.Lease", "etcdserverpb.Watch", "etcdserverpb.Auth"]);

/** A proxy before one member, which notes in the ledger which calls pass. It understands HTTP/2, and passes it on call by call. */
export class EtcdProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: string;
  readonly #ledger: Ledger;
  readonly #open = new Set<ClientHttp2Session>();

  private constructor(target: string, ledger: Ledger) {
    this.#target = target;
    this.#ledger = ledger;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(target: string, ledger: Ledger): Promise<EtcdProxy> {
    const proxy = new EtcdProxy(target, ledger);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upstream of this.#open) upstream.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Speaks when the member has spoken: one that is away must not seem to be there. */
  #accept(socket: Socket): void {
    const upstream = connect(`http://${this.#target}`);
    this.#open.add(upstream);
    socket.pause();
    socket.on("error", () => upstream.destroy());
    socket.on("close", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
    upstream.on("close", () => {
      this.#open.delete(upstream);
      socket.destroy();
    });
    upstream.once("remoteSettings", () => {
      if (socket.destroyed) return;
      const session = performServerHandshake(socket);
      session.on("error", () => upstream.destroy());
      session.on("stream", (stream, headers) => this.#pass(session, upstream, stream, headers));
    });
  }

  #pass(
    session: ServerHttp2Session,
    upstream: ClientHttp2Session,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): void {
    this.#note(session, String(headers[":path"]));
    if (upstream.destroyed) return stream.close();
    const request = upstream.request(headers, { endStream: false });
    const trailers = deferred<IncomingHttpHeaders>();
    stream.on("error", () => request.close());
    stream.on("close", () => request.close());
    stream.on("wantTrailers", () => {
      void trailers.promise.then((given) => {
        if (!stream.destroyed) stream.sendTrailers(given);
      });
    });
    stream.pipe(request);
    request.on("error", () => stream.close());
    request.on("close", () => {
      if (request.rstCode !== constants.NGHTTP2_NO_ERROR) stream.close(request.rstCode);
    });
    request.on("trailers", (given: IncomingHttpHeaders) => trailers.resolve(given));
    request.on("response", (response, flags) => {
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      if (stream.destroyed) return;
      stream.respond(response, { endStream, waitForTrailers: !endStream });
      if (!endStream) request.pipe(stream);
    });
  }

  #note(session: object, path: string): void {
    const [, service = "", method = ""] = path.split("/");
    if (method === "LeaseGrant") return this.#ledger.note(session, method, "opening");
    this.#ledger.note(session, method, upkeepServices.has(service) ? "upkeep" : "operation");
  }
}
