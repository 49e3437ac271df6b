import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TlsOptions } from "@skylark/zookeeper";

/** How long a member may take to answer. */
const patienceMs = 1000;

/** What the server at `host:port` says to one of its four-letter words. */
export function answerTo(word: string, address: string, tls: TlsOptions | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = dialled(address, tls);
    const answer: Buffer[] = [];
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
    socket.on("data", (chunk: Buffer) => answer.push(chunk));
    socket.once("error", reject);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(answer).toString());
    });
    socket.write(word);
  });
}

function dialled(address: string, tls: TlsOptions | undefined): Socket {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = Number(address.slice(colon + 1));
  if (!tls) return connect({ host, port });
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({ ...tls, host, port, ...(servername !== undefined && { servername }) });
}
