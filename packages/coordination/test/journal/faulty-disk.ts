import { type Disk, systemDisk } from "../../src/journal/disk.js";

type Fault =
  | { kind: "none" }
  | { kind: "full"; roomBytes: number }
  | { kind: "failing"; step: "write" | "sync" | "truncate" };

/** The real disk, until told to be full after some more bytes, or to fail. */
export class FaultyDisk implements Disk {
  fault: Fault = { kind: "none" };
  syncs = 0;

  write(fd: number, bytes: Buffer, position: number): number {
    this.#fail("write");
    if (this.fault.kind !== "full") return systemDisk.write(fd, bytes, position);
    const room = Math.min(bytes.length, this.fault.roomBytes);
    if (room === 0) throw diskError("ENOSPC", "no space left on device");
    this.fault.roomBytes -= room;
    return systemDisk.write(fd, bytes.subarray(0, room), position);
  }

  sync(fd: number): void {
    this.#fail("sync");
    this.syncs++;
    systemDisk.sync(fd);
  }

  truncate(fd: number, length: number): void {
    this.#fail("truncate");
    systemDisk.truncate(fd, length);
  }

  #fail(step: "write" | "sync" | "truncate"): void {
    if (this.fault.kind === "failing" && this.fault.step === step) throw diskError("EIO", "input/output error");
  }
}

function diskError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
