import { SkylarkError } from "@skylark/core";

export interface DamageSite {
  readonly file: string;
  /** Where in the file the first byte stands that cannot be trusted. */
  readonly offset: number;
  /** The number of the record that should stand there. */
  readonly sequence: number;
}

const advice = 'Nothing was started. "sky coordination repair" keeps what precedes it and moves the file aside';

/** Stored data is not what was written. `what`: what is wrong there, as the rest of a sentence. */
export function damaged({ file, offset, sequence }: DamageSite, what: string): SkylarkError {
  const message = `${file}, byte ${offset}, record ${sequence}: ${what}. ${advice}`;
  return new SkylarkError("data_loss", message, { reason: "DAMAGED", details: { file, offset, sequence } });
}

/** A file that must be there is not. */
export function missing(file: string, sequence: number, why: string): SkylarkError {
  return damaged({ file, offset: 0, sequence }, `the file is missing: ${why}`);
}

export function otherVersion(file: string, found: unknown): SkylarkError {
  const message = `${file} was written in format ${JSON.stringify(found)}; this version of Skylark reads format ${formatVersion}. Use the version that wrote it`;
  return new SkylarkError("failed_precondition", message, { details: { file } });
}

/** Of journals, snapshots and their folder. */
export const formatVersion = 1;
