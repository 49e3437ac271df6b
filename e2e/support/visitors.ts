import { Agent, request } from "node:http";
import { Pace } from "./pace.js";
import { trials } from "./until.js";

/** One request at the portal, and what came of it. Times are those of the wall clock, in milliseconds. */
export interface Visit {
  readonly number: number;
  readonly path: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The status, or the code of the error where there was no answer. */
  readonly outcome: number | string;
  /** Whether the page says that grading is away. */
  readonly saysAway: boolean;
}

/** No page takes so long, whatever is away. */
const visitMsMax = trials(15_000, 60_000);

/** People at the portal: so many requests a second, whether or not the earlier ones have been answered. */
export class Visitors {
  readonly visits: Visit[] = [];
  readonly #url: string;
  readonly #paths: readonly string[];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #underway = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #begun = 0;

  constructor(url: string, paths: readonly string[], perSecond: number) {
    this.#url = url;
    this.#paths = paths;
    const pace = new Pace(perSecond);
    this.#timer = setInterval(() => {
      for (let due = pace.due(this.#underway.size); due > 0; due--) this.#visit(++this.#begun);
    }, 5);
  }

  /** Begins no more visits; resolves when the last has ended. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underway);
    this.#agent.destroy();
  }

  #visit(number: number): void {
    const path = this.#paths[number % this.#paths.length] as string;
    const startedAt = Date.now();
    const visit = this.#ask(`${this.#url}${path}?visit=${number}`).then(({ outcome, saysAway }) => {
      this.visits.push({ number, path, startedAt, endedAt: Date.now(), outcome, saysAway });
      this.#underway.delete(visit);
    });
    this.#underway.add(visit);
  }

  #ask(url: string): Promise<Pick<Visit, "outcome" | "saysAway">> {
    return new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        // an idle connection that the portal was just closing: every client asks again on another (RFC 9112, section 9.3.1)
        if (asked.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE")) resolve(this.#ask(url));
        else resolve({ outcome: error.code ?? error.message, saysAway: false });
      };
      const asked = request(url, { agent: this.#agent, timeout: visitMsMax }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.once("error", failed);
        response.once("end", () => {
          resolve({
            outcome: response.statusCode ?? 0,
            saysAway: text.split("<main")[0]?.includes(awayNotice) ?? false,
          });
        });
      });
      asked.once("error", failed).once("timeout", () => asked.destroy(new Error(`no answer in ${visitMsMax} ms`)));
      asked.end();
    });
  }
}

/** As it stands above the content of a page. */
const awayNotice = 'data-missing="grading"';
