import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/** The shapes that many requests and replies share. */
export interface PathRequest {
  readonly path: string;
}

export interface ReadRequest extends PathRequest {
  /** Whether to leave a watch that fires once. */
  readonly watch: boolean;
}

export interface VersionRequest extends PathRequest {
  /** −1: whatever the version. */
  readonly version: number;
}

export function writePath(writer: JuteWriter, { path }: PathRequest): void {
  writer.text(path);
}

export function writeRead(writer: JuteWriter, { path, watch }: ReadRequest): void {
  writer.text(path);
  writer.boolean(watch);
}

export function writeVersion(writer: JuteWriter, { path, version }: VersionRequest): void {
  writer.text(path);
  writer.int(version);
}

export function readPath(reader: JuteReader): string {
  return reader.text();
}
