import { once } from "node:events";
import library, { type ACL, type Client, type Failure } from "node-zookeeper-client";
import { openZooKeeper, permissions, type ZooKeeper, zooKeeperCode } from "../../src/index.js";
import { zooKeeperErrorOf } from "../../src/wire/error-code.js";
import type { CheckedMode, CheckedOperation } from "./random-operations.js";

/** What an operation came to, in words that both clients share: what it answered, or ZooKeeper's name of the refusal. */
export type Answer = Readonly<Record<string, unknown>> | string;

/** One of the two clients of the cross-check. */
export interface CheckedClient extends AsyncDisposable {
  run(operation: CheckedOperation): Promise<Answer>;
}

export async function openOurs(connectString: string): Promise<CheckedClient> {
  const zk = await openZooKeeper(connectString, { sessionTimeoutMs: 60_000, requestTimeoutMs: 60_000 });
  return {
    run: async (operation) => {
      try {
        return await runOurs(zk, operation);
      } catch (error) {
        return zooKeeperCode(error) ?? String(error);
      }
    },
    [Symbol.asyncDispose]: () => zk.close(),
  };
}

async function runOurs(zk: ZooKeeper, operation: CheckedOperation): Promise<Answer> {
  if (operation.kind === "multi") {
    await zk.multi(operation.steps);
    return {};
  }
  const { path } = operation;
  switch (operation.kind) {
    case "create": {
      const { mode, data } = operation;
      const sequential = mode === "sequential" || mode === "ephemeralSequential";
      const kind = mode === "ephemeral" || mode === "ephemeralSequential" ? "ephemeral" : "persistent";
      return { path: (await zk.create(path, data, { mode: kind, sequential })).path };
    }
    case "setData":
      return { version: (await zk.setData(path, operation.data, operation)).version };
    case "delete":
      await zk.delete(path, operation);
      return {};
    case "exists":
      return { version: (await zk.exists(path))?.version };
    case "getData": {
      const { data, stat } = await zk.getData(path);
      return { data: data.toString("hex"), version: stat.version };
    }
    case "getChildren":
      return { children: (await zk.getChildren(path)).children.toSorted() };
    case "setAcl": {
      const acl = [{ permissions: operation.permissions, scheme: "world", id: "anyone" }];
      return { version: (await zk.setAcl(path, acl, operation)).version };
    }
  }
}

export async function openTheirs(connectString: string): Promise<CheckedClient> {
  const client = library.createClient(connectString, { sessionTimeout: 60_000 });
  const connected = new Promise<void>((resolve) => client.once("connected", resolve));
  client.connect();
  await connected;
  return {
    run: (operation) =>
      new Promise((resolve) => {
        runTheirs(client, operation, (error, answer) => resolve(error ? zooKeeperErrorOf(error.code) : answer()));
      }),
    [Symbol.asyncDispose]: async () => {
      const gone = once(client as unknown as NodeJS.EventEmitter, "disconnected");
      client.close();
      await gone;
    },
  };
}

const modeNumbers: Record<CheckedMode, number> = { persistent: 0, ephemeral: 1, sequential: 2, ephemeralSequential: 3 };

function runTheirs(
  client: Client,
  operation: CheckedOperation,
  done: (error: Failure | null, answer: () => Answer) => void,
): void {
  if (operation.kind === "multi") return runTheirTransaction(client, operation, (error) => done(error, () => ({})));
  const { path } = operation;
  switch (operation.kind) {
    case "create":
      return client.create(
        path,
        operation.data,
        [aclOf(permissions.all)],
        modeNumbers[operation.mode],
        (error, created) => done(error, () => ({ path: created })),
      );
    case "setData":
      return client.setData(path, operation.data, operation.version, (error, stat) =>
        done(error, () => ({ version: stat.version })),
      );
    case "delete":
      return client.remove(path, operation.version, (error) => done(error, () => ({})));
    case "exists":
      return client.exists(path, (error, stat) => done(error, () => ({ version: stat?.version })));
    case "getData":
      return client.getData(path, (error, data, stat) =>
        done(error, () => ({ data: data?.toString("hex") ?? "", version: stat.version })),
      );
    case "getChildren":
      return client.getChildren(path, (error, children) => done(error, () => ({ children: children.toSorted() })));
    case "setAcl":
      return client.setACL(path, [aclOf(operation.permissions)], operation.version, (error, stat) =>
        done(error, () => ({ version: stat.version })),
      );
  }
}

function runTheirTransaction(
  client: Client,
  { steps }: CheckedOperation & { kind: "multi" },
  done: (error: Failure | null) => void,
): void {
  const transaction = client.transaction();
  for (const step of steps) {
    if (step.kind === "create")
      transaction.create(step.path, step.data, [aclOf(permissions.all)], modeNumbers.persistent);
    else if (step.kind === "setData") transaction.setData(step.path, step.data, -1);
    else if (step.kind === "delete") transaction.remove(step.path, -1);
    else transaction.check(step.path, step.version);
  }
  transaction.commit(done);
}

function aclOf(permissions: number): ACL {
  return new library.ACL(permissions, new library.Id("world", "anyone"));
}
