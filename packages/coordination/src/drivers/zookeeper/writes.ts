import { SkylarkError } from "@skylark/core";
import type { Acl, MultiOperation, MultiOutcome, ZooKeeper } from "@skylark/zookeeper";
import type { Written } from "../../engine/engine.js";
import type { StoredOperation } from "../../state/operation.js";
import type { Deadline } from "../deadline.js";
import type { Attempts } from "./attempts.js";
import { guessWrite } from "./guess.js";
import type { NodeSpace } from "./node-space.js";
import type { Reads } from "./reads.js";
import { entryOf } from "./stored-node.js";
import { survey } from "./survey.js";
import { type PlannedResult, planWrite, type WritePlan } from "./write-plan.js";
import { isPassing, isUndone, zooKeeperCodeOf } from "./zookeeper-errors.js";

const anyVersion = -1;

/** The multi met another state than was surveyed, and did nothing. */
const overtaken = new Set(["node_exists", "no_node", "bad_version", "not_empty", "no_children_for_ephemerals"]);

/** Writes: guesses; else reads, plans, asks for one multi; all of that again where another writer came between. */
export class Writes {
  readonly #attempts: Attempts;
  readonly #reads: Reads;
  readonly #space: NodeSpace;
  readonly #acl: readonly Acl[] | undefined;

  constructor(parts: {
    readonly attempts: Attempts;
    readonly reads: Reads;
    readonly space: NodeSpace;
    readonly acl: readonly Acl[] | undefined;
  }) {
    this.#attempts = parts.attempts;
    this.#reads = parts.reads;
    this.#space = parts.space;
    this.#acl = parts.acl;
  }

  write(operations: readonly StoredOperation[], deadline: Deadline): Promise<Written[]> {
    let guess = guessWrite(operations, { space: this.#space, acl: this.#acl });
    return this.#attempts.make(deadline, isUnwritten, async (client) => {
      const plan = guess ?? (await this.#plan(client, operations, deadline));
      guess = undefined; // whatever becomes of it, the next attempt looks
      return await this.#execute(client, operations, plan, deadline);
    });
  }

  /** Lays out what all writers need. What is there already stays as it is. */
  async layOut(client: ZooKeeper, deadline: Deadline): Promise<void> {
    const { layout } = this.#space;
    const last = layout.at(-1) as string;
    if (await client.exists(last, deadline.request())) {
      await client.getData(last, deadline.request()); // fails now where the access list shuts this client out
      return;
    }
    for (const path of layout) {
      try {
        await client.create(path, "", { ...deadline.request(), acl: this.#acl });
      } catch (error) {
        if (zooKeeperCodeOf(error) !== "node_exists") throw error;
      }
    }
  }

  /**
   * A refusal is believed only after a majority has agreed to something of ours: sync is not enough, since a leader that was
   * frozen answers it before it learns that another leads. What is read after that answer has all that was written before.
   */
  async #plan(client: ZooKeeper, operations: readonly StoredOperation[], deadline: Deadline): Promise<WritePlan> {
    for (const isFresh of [false, true]) {
      const request = deadline.request();
      const ground = { space: this.#space, reads: this.#reads, request };
      const agreed = isFresh ? client.multi([this.#noChange], request) : undefined;
      const surveyed = await afterAll([agreed, survey(client, operations, ground)]);
      if (!surveyed) {
        await this.layOut(client, deadline);
        throw new Overtaken("the guards were not there");
      }
      const planned = planWrite(operations, surveyed, { space: this.#space, acl: this.#acl });
      if (planned.kind === "planned") return planned;
      if (isFresh) throw planned.error;
    }
    throw new Overtaken("no plan");
  }

  /** Goes through the leader and a majority like any write. */
  get #noChange(): MultiOperation {
    return { kind: "check", path: this.#space.guardOf(this.#space.pathOf("/")), version: anyVersion };
  }

  /** Sent once. A lost answer is the caller's to know of. */
  async #execute(
    client: ZooKeeper,
    operations: readonly StoredOperation[],
    { steps, results }: WritePlan,
    deadline: Deadline,
  ): Promise<Written[]> {
    const { state } = client;
    if (!("sessionId" in state)) throw new Overtaken("there is no session yet");
    try {
      // what was asked within a session is answered within it, or not at all
      const done = { outcomes: await ask(client, steps, deadline.request()), sessionId: state.sessionId };
      return operations.map((operation, index) => written(operation, results[index], done));
    } catch (error) {
      if (overtaken.has(zooKeeperCodeOf(error) ?? ""))
        throw new Overtaken("another writer was faster", { cause: error });
      throw error;
    }
  }
}

function isUnwritten(error: unknown): boolean {
  return error instanceof Overtaken || isUndone(error);
}

/** All steps or none. A single write of data is that by itself, and costs the server less than a multi of one. */
function ask(
  client: ZooKeeper,
  steps: readonly MultiOperation[],
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<readonly MultiOutcome[]> {
  const [step] = steps;
  if (steps.length > 1 || step?.kind !== "setData") return client.multi(steps, { timeoutMs });
  const { path, data, version } = step;
  return client.setData(path, data, { timeoutMs, version }).then((stat) => [{ kind: "written", stat }]);
}

/** Nothing was done; the plan has to be made anew. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** Waits for the reads before a write: what they fail with may pass, and nothing was written. */
async function afterAll<T>([before, read]: readonly [Promise<unknown> | undefined, Promise<T>]): Promise<T> {
  try {
    const [, result] = await Promise.all([before, read]);
    return result;
  } catch (error) {
    if (isPassing(error)) throw new Overtaken("a read before the write was lost", { cause: error });
    throw error;
  }
}

interface Done {
  readonly outcomes: readonly MultiOutcome[];
  readonly sessionId: bigint;
}

function written(operation: StoredOperation, planned: PlannedResult | undefined, done: Done): Written {
  if (planned?.kind === "deleted") return planned.found;
  if (planned?.kind !== "entry" || !("json" in operation)) return undefined;
  const outcome = done.outcomes[planned.step];
  const { key, json } = operation;
  if (outcome?.kind === "written") return entryOf(key, json, outcome.stat);
  const ephemeralOwner = operation.kind === "create" && operation.ephemeral ? done.sessionId : 0n;
  return entryOf(key, json, { czxid: transactionOf(done.outcomes), version: 0, ephemeralOwner });
}

/**
 * The answer to a create within a multi carries no stat. But all steps share one transaction, and whatever creates ends
 * with the write of a guard, whose answer does.
 */
function transactionOf(outcomes: readonly MultiOutcome[]): bigint {
  const last = outcomes.at(-1);
  if (last?.kind === "written") return last.stat.mzxid;
  throw new SkylarkError("internal", "a multi that created a node did not end with the write of its guard");
}
