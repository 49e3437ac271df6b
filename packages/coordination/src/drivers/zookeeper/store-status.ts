import type { TlsOptions } from "@skylark/zookeeper";
import type { StoreMember } from "../../port.js";
import { answerTo } from "./four-letter-words.js";

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
