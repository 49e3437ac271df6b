import { type Disk, systemDisk } from "../../src/store/disk.js";

/** A disk that a test fills up or breaks: it writes the half of what it is given, and fails. */
export class FailingDisk implements Disk {
  /** The error code it fails with; undefined while it is well. */
  failsWith: string | undefined;
  /** What cannot even be cut off while it fails. */
  truncates = true;
  writes = 0;

  async open(path: string): ReturnType<Disk["open"]> {
    const file = await systemDisk.open(path);
    return {
      write: async (bytes, position) => {
        this.writes++;
        if (this.failsWith === undefined) return await file.write(bytes, position);
        await file.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), position);
        throw this.#error();
      },
      truncate: async (length) => {
        if (this.failsWith !== undefined && !this.truncates) throw this.#error();
        await file.truncate(length);
      },
      close: () => file.close(),
    };
  }

  #error(): Error {
    return Object.assign(new Error(`${this.failsWith}: as the test wants it`), { code: this.failsWith });
  }
}
