import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { opCodes } from "../op-code.js";
import { operation } from "../operation.js";
import { protocolError } from "../protocol-error.js";
import { readStat, type Stat } from "../stat.js";
import { readChildrenNames } from "./children.js";
import { type CreateRequest, type CreateTtlRequest, readCreated, writeCreate, writeCreateTtl } from "./create.js";
import { readData, type SetDataRequest, writeSetData } from "./data.js";
import { type PathRequest, type VersionRequest, writeRead, writeVersion } from "./path.js";

/** One step of a multi: all happen, or none. */
export type MultiStep =
  | ({ readonly kind: "create" | "create2" | "createContainer" } & CreateRequest)
  | ({ readonly kind: "createTtl" } & CreateTtlRequest)
  | ({ readonly kind: "delete" | "check" } & VersionRequest)
  | ({ readonly kind: "setData" } & SetDataRequest);

/**
 * What became of one step. Where one failed, every step has an `error`: 0 for those before it, its own, and
 * `runtime_inconsistency` for those after it. The header of such a reply tells of no error.
 */
export type MultiResult =
  | { readonly kind: "created"; readonly path: string; readonly stat: Stat | undefined }
  | { readonly kind: "deleted" | "checked" }
  | { readonly kind: "written"; readonly stat: Stat }
  | { readonly kind: "error"; readonly error: number };

export type MultiReadStep = { readonly kind: "getData" | "getChildren" } & PathRequest;

/** Each read succeeds or fails by itself. */
export type MultiReadResult =
  | { readonly kind: "data"; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly kind: "children"; readonly children: readonly string[] }
  | { readonly kind: "error"; readonly error: number };

const endType = -1;
/** The number in a step's header that says nothing; servers do not look at it. */
const noError = -1;
const errorType = -1;

function writeStepHeader(writer: JuteWriter, type: number, done: boolean): void {
  writer.int(type);
  writer.boolean(done);
  writer.int(noError);
}

function writeMulti(writer: JuteWriter, steps: readonly MultiStep[]): void {
  for (const step of steps) {
    writeStepHeader(writer, opCodes[step.kind], false);
    writeStep(writer, step);
  }
  writeStepHeader(writer, endType, true);
}

function writeStep(writer: JuteWriter, step: MultiStep): void {
  switch (step.kind) {
    case "create":
    case "create2":
    case "createContainer":
      return writeCreate(writer, step);
    case "createTtl":
      return writeCreateTtl(writer, step);
    case "setData":
      return writeSetData(writer, step);
    case "delete":
    case "check":
      return writeVersion(writer, step);
  }
}

function readResults<Result>(reader: JuteReader, readResult: (type: number) => Result): Result[] {
  const results: Result[] = [];
  for (;;) {
    const type = reader.int();
    const done = reader.boolean();
    reader.int(); // repeats the error of the result
    if (done) return results;
    results.push(readResult(type));
  }
}

function readMulti(reader: JuteReader): MultiResult[] {
  return readResults(reader, (type): MultiResult => {
    switch (type) {
      case opCodes.create:
        return { kind: "created", path: reader.text(), stat: undefined };
      case opCodes.create2:
      case opCodes.createContainer:
      case opCodes.createTtl:
        return { kind: "created", ...readCreated(reader) };
      case opCodes.delete:
        return { kind: "deleted" };
      case opCodes.check:
        return { kind: "checked" };
      case opCodes.setData:
        return { kind: "written", stat: readStat(reader) };
      case errorType:
        return { kind: "error", error: reader.int() };
      default:
        throw protocolError(`a multi answered with a result of type ${type}`);
    }
  });
}

function writeMultiRead(writer: JuteWriter, steps: readonly MultiReadStep[]): void {
  for (const { kind, path } of steps) {
    writeStepHeader(writer, opCodes[kind], false);
    writeRead(writer, { path, watch: false });
  }
  writeStepHeader(writer, endType, true);
}

function readMultiRead(reader: JuteReader): MultiReadResult[] {
  return readResults(reader, (type): MultiReadResult => {
    switch (type) {
      case opCodes.getData:
        return { kind: "data", ...readData(reader) };
      case opCodes.getChildren:
        return { kind: "children", children: readChildrenNames(reader) };
      case errorType:
        return { kind: "error", error: reader.int() };
      default:
        throw protocolError(`a multi of reads answered with a result of type ${type}`);
    }
  });
}

export const multi = operation("multi", writeMulti, readMulti);
/** Since 3.6. All is read at one instant. */
export const multiRead = operation("multiRead", writeMultiRead, readMultiRead);
