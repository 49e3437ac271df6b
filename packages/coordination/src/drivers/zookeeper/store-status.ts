import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TlsOptions } from "@skylark/zookeeper";
import type { StoreMember } from "../../port.js";

/** How long a member may take to answer. */
const patienceMs = 1000;

/** Asks every member what it is, by the four-letter word that servers answer unless told otherwise. */
export async function askMembers(hosts: string, tls: TlsOptions | undefined): Promise<StoreMember[]> {
  return await Promise.all(hosts.split(",").map((address) => askMember(address, tls)));
}

async function askMember(address: string, tls: TlsOptions | undefined): Promise<StoreMember> {
  try {
    return memberOf(address, await answerTo("srvr", address, tls));
  } catch {
    return { address, role: "unreachable" };
  }
}

const roles: Readonly<Record<string, StoreMember["role"]>> = {
  standalone: "leader",
  leader: "leader",
  follower: "follower",
  observer: "observer",
};

/** One that does not serve, or does not answer this word, is as good as out of reach. */
export function memberOf(address: string, answer: string): StoreMember {
  const mode = /^Mode: (.+)$/m.exec(answer)?.[1] ?? "";
  const version = /^Zookeeper version: ([^,\s-]+)/m.exec(answer)?.[1];
  return { address, role: roles[mode] ?? "unreachable", ...(version !== undefined && { version }) };
}

function answerTo(word: string, address: string, tls: TlsOptions | undefined): Promise<string> {
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
