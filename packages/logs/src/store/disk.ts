import { constants, open } from "node:fs/promises";

/** The disk as the writer needs it, so that a test can fill it up or break it. */
export interface Disk {
  /** Makes the file where there is none. */
  open(path: string): Promise<DiskFile>;
}

export interface DiskFile {
  /** How many of the bytes were written. */
  write(bytes: Buffer, position: number): Promise<number>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export const systemDisk: Disk = {
  open: async (path) => {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    return {
      write: async (bytes, position) => (await file.write(bytes, 0, bytes.length, position)).bytesWritten,
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  },
};

export async function writeAll(file: DiskFile, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += await file.write(bytes.subarray(done), position + done);
}
