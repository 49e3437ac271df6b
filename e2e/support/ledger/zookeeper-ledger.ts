import { type FaultProxy, startFaultProxy, zooKeeperFraming } from "@skylark/testkit";
import type { Asking, Ledger } from "./ledger.js";

/** What is asked that is no operation, by the number in its header. */
const upkeep: Readonly<Record<number, string>> = {
  11: "ping",
  [-11]: "closeSession",
  100: "auth",
  101: "setWatches",
  105: "setWatches2",
  106: "addWatch",
};

const operations: Readonly<Record<number, string>> = {
  3: "exists",
  4: "getData",
  9: "sync",
  12: "getChildren",
  14: "multi",
  18: "removeWatches",
  22: "multiRead",
};

const existsCode = 3;

/** A proxy before one member, which notes in the ledger what passes. */
export async function zooKeeperProxy(target: string, ledger: Ledger): Promise<FaultProxy> {
  const greeted = new WeakSet<object>();
  const onRequest = (request: Buffer, connection: object): void => {
    if (greeted.has(connection)) return ledger.note(connection, ...kindOf(request));
    greeted.add(connection);
    if (sessionOf(request) === 0n) ledger.note(connection, "openSession", "opening");
  };
  return await startFaultProxy({ target, framing: zooKeeperFraming, onRequest });
}

/** Behind the length: a version, the last transaction seen, the time-out, and which session it was; 0 for none. */
function sessionOf(greeting: Buffer): bigint {
  return greeting.readBigInt64BE(4 + 4 + 8 + 4);
}

function kindOf(request: Buffer): [name: string, asking: Asking] {
  const code = request.readInt32BE(8);
  const name = upkeep[code];
  if (name !== undefined) return [name, "upkeep"];
  if (code === existsCode && pathOf(request) === "/") return ["sign of life", "upkeep"]; // the driver's own ping
  return [operations[code] ?? `operation ${code}`, "operation"];
}

function pathOf(request: Buffer): string {
  const length = request.readInt32BE(12);
  return request.toString("utf8", 16, 16 + length);
}
