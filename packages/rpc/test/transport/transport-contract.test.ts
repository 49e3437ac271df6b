import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryNetwork, socketTransport } from "@skylark/rpc/internal";
import { transportContract } from "@skylark/testkit";

transportContract("TCP", async () => ({
  transport: socketTransport,
  address: () => "tcp://127.0.0.1:0",
  nonsense: "memory://elsewhere",
}));

transportContract("unix socket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "skylark-wire-"));
  let sockets = 0;
  return {
    transport: socketTransport,
    address: () => `unix://${join(folder, `${sockets++}.sock`)}`,
    nonsense: "unix://relative.sock",
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

transportContract("memory", async () => {
  let names = 0;
  return {
    transport: new MemoryNetwork(),
    address: () => `memory://${names++}`,
    nonsense: "tcp://127.0.0.1:1",
  };
});
