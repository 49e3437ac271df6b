import { fdatasyncSync, ftruncateSync, writeSync } from "node:fs";

/** The disk as the journal needs it, so that a test can fill it up or break it. */
export interface Disk {
  /** How many of the bytes were written. */
  write(fd: number, bytes: Buffer, position: number): number;
  /** Returns when everything written is durable. */
  sync(fd: number): void;
  truncate(fd: number, length: number): void;
}

export const systemDisk: Disk = {
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  sync: fdatasyncSync,
  truncate: ftruncateSync,
};

export function writeAll(disk: Disk, fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += disk.write(fd, bytes.subarray(done), position + done);
}

const fullCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Whether the error says that there is no room, rather than that the disk is broken. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && fullCodes.has(String(error.code));
}
