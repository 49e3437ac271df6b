import { SkylarkError } from "@skylark/core";
import type { Acl, MultiOperation, Stat } from "@skylark/zookeeper";
import type { StoredOperation } from "../../state/operation.js";
import type { NodeSpace } from "./node-space.js";
import { isEntry, isEphemeral, revisionOf } from "./stored-node.js";
import type { Survey } from "./survey.js";
import { creation, dataWrite, emptyWay, guardWrite, type NewNode, noData } from "./write-steps.js";

/** What has to be asked of ZooKeeper in one multi, and where in its answer each operation finds its own. */
export interface WritePlan {
  readonly steps: readonly MultiOperation[];
  readonly results: readonly PlannedResult[];
}

/** For each operation of the port, in order. */
export type PlannedResult =
  | { readonly kind: "entry"; readonly step: number }
  | { readonly kind: "deleted"; readonly found: boolean }
  | { readonly kind: "checked" };

/** As far as this survey tells, an operation does not fit. A member may lag: whoever throws it makes sure first. */
export type Refusal = { readonly kind: "refused"; readonly error: SkylarkError };

export type Planned = ({ readonly kind: "planned" } & WritePlan) | Refusal;

export interface PlanGround {
  readonly space: NodeSpace;
  readonly acl: readonly Acl[] | undefined;
}

/**
 * Turns operations of the port into one multi. It either finds everything as surveyed, or fails as a whole and is planned
 * anew: what depends on a version checks it, together with the guard of its stripe, since versions begin again when nodes are
 * made anew; what is created also writes its guard.
 */
export function planWrite(operations: readonly StoredOperation[], survey: Survey, ground: PlanGround): Planned {
  const draft = new Draft(operations, survey, ground);
  for (const operation of operations) {
    const error = draft.refusal(operation);
    if (error) return { kind: "refused", error };
  }
  for (const operation of operations) draft.add(operation);
  return { kind: "planned", ...draft.finish() };
}

interface DraftStep {
  readonly operation: MultiOperation;
  readonly owner?: StoredOperation;
}

/** The steps of one multi, gathered by when they must happen. */
class Draft {
  readonly #operations: readonly StoredOperation[];
  readonly #survey: Survey;
  readonly #space: NodeSpace;
  readonly #acl: readonly Acl[] | undefined;
  readonly #created: ReadonlySet<string>;
  /** Nodes that are taken away to make room for an ephemeral one, by key. */
  readonly #cleared: ReadonlySet<string>;
  readonly #guarded = new Set<string>();
  readonly #checks: DraftStep[] = [];
  readonly #deletes: DraftStep[] = [];
  readonly #creates = new Map<string, DraftStep>();
  readonly #writes: DraftStep[] = [];
  readonly #found = new Map<StoredOperation, boolean>();

  constructor(operations: readonly StoredOperation[], survey: Survey, { space, acl }: PlanGround) {
    this.#operations = operations;
    this.#survey = survey;
    this.#space = space;
    this.#acl = acl;
    this.#created = new Set(operations.flatMap((each) => (this.#makesNode(each) ? [each.key] : [])));
    this.#cleared = new Set([...survey.below.values()].flatMap((nodes) => [...nodes.keys()]));
  }

  refusal(operation: StoredOperation): SkylarkError | undefined {
    const { kind, key } = operation;
    const stat = this.#stat(key);
    switch (kind) {
      case "create":
        if (isEntry(stat)) return new SkylarkError("already_exists", `there is an entry at ${key} already`);
        return this.#misplaced(operation);
      case "put":
        if (operation.revision !== undefined) return this.#otherRevision(operation);
        return stat ? undefined : this.#misplaced(operation);
      case "delete":
        return operation.revision === undefined ? undefined : this.#otherRevision(operation);
      case "check":
        return this.#otherRevision(operation);
    }
  }

  add(operation: StoredOperation): void {
    switch (operation.kind) {
      case "create":
        return this.#create(operation);
      case "put":
        return this.#put(operation);
      case "delete":
        return this.#delete(operation);
      case "check":
        return this.#check(operation.key);
    }
  }

  finish(): WritePlan {
    const guardChecks = [...this.#guarded].map(
      (path): DraftStep => ({
        operation: { kind: "check", path, version: this.#survey.guards.get(path) ?? 0 },
      }),
    );
    const creates = [...this.#creates.values()].toSorted((a, b) => depthOf(a) - depthOf(b));
    const guardWrites = [...new Set(creates.map(({ operation }) => this.#space.guardOf(operation.path)))].map(
      (path): DraftStep => ({ operation: guardWrite(path) }),
    );
    const deletes = this.#deletes.toSorted((a, b) => depthOf(b) - depthOf(a));
    const steps = [...guardChecks, ...this.#checks, ...deletes, ...creates, ...this.#writes, ...guardWrites];
    const results = this.#operations.map((operation): PlannedResult => {
      if (operation.kind === "check") return { kind: "checked" };
      if (operation.kind === "delete") return { kind: "deleted", found: this.#found.get(operation) ?? false };
      return { kind: "entry", step: steps.findIndex(({ owner }) => owner === operation) };
    });
    return { steps: steps.map(({ operation }) => operation), results };
  }

  #create(operation: StoredOperation & { kind: "create" }): void {
    const { key, json, ephemeral } = operation;
    const path = this.#space.pathOf(key);
    const way = this.#stat(key);
    if (way && !ephemeral) {
      this.#guard(path);
      this.#writes.push({ operation: dataWrite(path, json, way.version), owner: operation });
      return;
    }
    for (const [below, stat] of this.#survey.below.get(key) ?? []) this.#remove(below, stat);
    if (way) this.#remove(key, way);
    this.#make(key, operation, operation);
  }

  #put(operation: StoredOperation & { kind: "put" }): void {
    const { key, json, revision } = operation;
    const path = this.#space.pathOf(key);
    const stat = this.#stat(key);
    if (!stat) return this.#make(key, { json, ephemeral: false }, operation);
    if (revision !== undefined) this.#guard(path);
    const version = revision === undefined ? undefined : stat.version;
    this.#writes.push({ operation: dataWrite(path, json, version), owner: operation });
  }

  #delete(operation: StoredOperation & { kind: "delete" }): void {
    const { key } = operation;
    const stat = this.#stat(key);
    this.#found.set(operation, isEntry(stat));
    if (!isEntry(stat)) return this.#check(key);
    if (this.#cleared.has(key)) return; // goes with what makes room
    const isWay = stat.numChildren > 0 || (!isEphemeral(stat) && this.#createsBelow(key));
    if (!isWay) return this.#remove(key, stat);
    const path = this.#space.pathOf(key);
    this.#guard(path);
    this.#writes.push({ operation: dataWrite(path, noData, stat.version) });
  }

  /** That all is as surveyed: the node has its version; or there is none, for then its guard would have another. */
  #check(key: string): void {
    const path = this.#space.pathOf(key);
    const stat = this.#stat(key);
    this.#guard(path);
    if (stat && !this.#cleared.has(key)) {
      this.#checks.push({ operation: { kind: "check", path, version: stat.version } });
    }
  }

  #remove(key: string, { version }: Stat): void {
    const path = this.#space.pathOf(key);
    this.#guard(path);
    this.#deletes.push({ operation: { kind: "delete", path, version } });
  }

  /** A node, and before it the ways that lead to it. */
  #make(key: string, node: NewNode, owner: StoredOperation): void {
    for (const above of this.#space.pathsAbove(key)) {
      const aboveKey = this.#space.keyOf(above) ?? above;
      if (this.#remains(aboveKey) || this.#creates.has(above) || this.#created.has(aboveKey)) continue;
      this.#creates.set(above, { operation: creation(above, emptyWay, this.#acl) });
    }
    const path = this.#space.pathOf(key);
    this.#creates.set(path, { operation: creation(path, node, this.#acl), owner });
  }

  #guard(path: string): void {
    this.#guarded.add(this.#space.guardOf(path));
  }

  #stat(key: string): Stat | undefined {
    return this.#survey.nodes.get(this.#space.pathOf(key));
  }

  /** Whether the node is there, and stays. An ephemeral one has nothing below it, so deleting it takes it away. */
  #remains(key: string): boolean {
    const stat = this.#stat(key);
    if (!stat || this.#cleared.has(key)) return false;
    return !(isEphemeral(stat) && this.#operations.some((each) => each.kind === "delete" && each.key === key));
  }

  #createsBelow(key: string): boolean {
    return [...this.#created].some((each) => each.startsWith(`${key}/`));
  }

  /** Whether the operation makes an entry where no node is, or one that has to be made anew. */
  #makesNode(operation: StoredOperation): boolean {
    const stat = this.#stat(operation.key);
    if (operation.kind === "create") return !stat || operation.ephemeral;
    return operation.kind === "put" && !stat;
  }

  #otherRevision({ key, revision }: StoredOperation & { kind: "put" | "delete" | "check" }): SkylarkError | undefined {
    const stat = this.#stat(key);
    const current = isEntry(stat) ? revisionOf(stat) : undefined;
    if (current === revision) return undefined;
    const what = current === undefined ? "there is no entry" : `the entry has revision ${current}`;
    const wanted = revision === undefined ? "none was expected" : `${revision} was expected`;
    return new SkylarkError("aborted", `${key}: ${what}, ${wanted}. Read it again`, { notExecuted: true });
  }

  /** Nothing stands below an ephemeral entry. */
  #misplaced(operation: StoredOperation & { kind: "create" | "put" }): SkylarkError | undefined {
    const { key } = operation;
    const refused = (message: string) => new SkylarkError("failed_precondition", message, { notExecuted: true });
    for (const path of this.#space.pathsAbove(key)) {
      const above = this.#space.keyOf(path) ?? path;
      const stat = this.#stat(above);
      const makesOne = (each: StoredOperation) => each.kind === "create" && each.ephemeral && each.key === above;
      if ((stat && isEphemeral(stat) && this.#remains(above)) || this.#operations.some(makesOne)) {
        return refused(`${key}: the entry at ${above} is ephemeral, and has nothing below it`);
      }
    }
    if (operation.kind === "put" || !operation.ephemeral) return undefined;
    const isDeleted = (key: string) => this.#operations.some((each) => each.kind === "delete" && each.key === key);
    for (const [below, stat] of this.#survey.below.get(key) ?? []) {
      if (isEntry(stat) && !isDeleted(below)) {
        return refused(`${key}: an ephemeral entry has nothing below it, and there is an entry at ${below}`);
      }
    }
    return undefined;
  }
}

function depthOf({ operation }: DraftStep): number {
  return operation.path.split("/").length;
}
