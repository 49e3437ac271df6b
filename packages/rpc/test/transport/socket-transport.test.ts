import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { socketTransport } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";

const signal = new AbortController().signal;

describe("socketTransport", () => {
  it("says which port the system chose, and where a peer is, for IPv4 and IPv6", async () => {
    for (const host of ["127.0.0.1", "[::1]"]) {
      const peers: string[] = [];
      const listener = await socketTransport.listen(`tcp://${host}:0`, (wire) => {
        peers.push(wire.peer);
        wire.end();
      });
      expect(listener.address.startsWith(`tcp://${host}:`)).toBe(true);
      expect(listener.address).not.toBe(`tcp://${host}:0`);
      const wire = await socketTransport.dial(listener.address, signal);
      expect(wire.peer).toBe(listener.address);
      await new Promise<void>((resolve) => {
        wire.onClose = () => resolve();
      });
      expect(peers).toHaveLength(1);
      expect(peers[0]?.startsWith(`tcp://${host}:`)).toBe(true);
      await listener.close();
    }
  });

  it("takes a unix socket's path away when it no longer listens", async () => {
    const folder = mkdtempSync(join(tmpdir(), "skylark-socket-"));
    const path = join(folder, "s.sock");
    const listener = await socketTransport.listen(`unix://${path}`, () => {});
    expect(existsSync(path)).toBe(true);
    await listener.close();
    expect(existsSync(path)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it("refuses a path that no socket can have, and says how long it may be", async () => {
    const address = `unix:///tmp/${"x".repeat(99)}`;
    const refusal = { code: "invalid_argument", message: expect.stringMatching(/at most 103 bytes, this one 104/) };
    await expect(socketTransport.listen(address, () => {})).rejects.toMatchObject(refusal);
    await expect(socketTransport.dial(address, signal)).rejects.toMatchObject(refusal);
  });

  it("says why it cannot listen", async () => {
    await expect(socketTransport.listen("unix:///no/such/folder/s.sock", () => {})).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("unix:///no/such/folder/s.sock"),
    });
  });
});
