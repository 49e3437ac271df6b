import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";

/** What a registry answered. */
export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` where `headers` promise a body that never comes. */
  readonly body: Uint8Array | "endless" | undefined;
}

/** One request on a connection of its own. Rejects when nothing is answered within 15 s. */
export function exchange({ method, url, headers, body }: Sent): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false, headers, signal: AbortSignal.timeout(15_000) });
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      const answered = (): void => {
        request.destroy();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      };
      response.on("end", answered).on("error", answered);
    });
    // a registry that has answered may close the connection under what is still being sent
    request.on("error", (thrown) => reject(thrown));
    // no more than it takes: a registry that closes with bytes unread may have its answer lost on the way
    if (body === "endless") request.write(Buffer.alloc(1024 * 1024 + 1, " "));
    else if (body === undefined) request.flushHeaders();
    else request.end(body);
  });
}

/** Sends bytes as they were recorded, and answers with the status of what came back. */
export function replay(url: string, recorded: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(recorded));
    let answer = "";
    socket.setEncoding("utf8").on("data", (piece: string) => {
      answer += piece;
      const status = /^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1];
      if (status === undefined) return;
      socket.destroy();
      resolve(Number(status));
    });
    socket
      .on("error", reject)
      .on("end", () => reject(new Error(`the connection ended after ${JSON.stringify(answer)}`)));
  });
}
