import type { TlsOptions } from "@skylark/zookeeper";
import type { MemberStanding } from "../quorum.js";
import { answerTo } from "./four-letter-words.js";

/** Asks every member of a connect string whether it takes part, by the four-letter word that servers answer unless told otherwise. */
export async function memberStandings(hosts: string, tls: TlsOptions | undefined): Promise<MemberStanding[]> {
  return await Promise.all(
    hosts.split(",").map(async (address) => {
      try {
        return { address, kind: standingOf(await answerTo("srvr", address, tls)) };
      } catch (error) {
        return { address, kind: standingWithout(error) };
      }
    }),
  );
}

/** One that has the word turned off, or hangs up, does not tell. */
export function standingOf(answer: string): MemberStanding["kind"] {
  return answer.includes("not currently serving requests") ? "knows no leader" : "serves";
}

/** What a network does to those who are away. Everything else, certificates above all, was said by somebody. */
const silence = /^(ECONN|EPIPE|EHOST|ENET|ETIMEDOUT)/;

function standingWithout(error: unknown): MemberStanding["kind"] {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "refuses";
  return code === undefined || silence.test(code) ? "silent" : "serves";
}
