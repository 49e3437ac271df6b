import { writeRequestHeader } from "./headers.js";
import type { JuteReader } from "./jute-reader.js";
import type { JuteWriter } from "./jute-writer.js";
import { type OperationName, opCodes } from "./op-code.js";

/** One kind of request: its number, how it is written, and how its answer is read. */
export interface Operation<Request, Reply> {
  readonly name: OperationName;
  readonly code: number;
  /** The body that follows the header. */
  write(writer: JuteWriter, request: Request): void;
  /** The body that follows the reply's header where that tells of no error. */
  read(reader: JuteReader): Reply;
}

export function operation<Request, Reply>(
  name: OperationName,
  write: (writer: JuteWriter, request: Request) => void,
  read: (reader: JuteReader) => Reply,
): Operation<Request, Reply> {
  return { name, code: opCodes[name], write, read };
}

/** The whole packet, its length before it, ready to be sent. */
export function writePacket<Request>(
  writer: JuteWriter,
  xid: number,
  operation: Operation<Request, unknown>,
  request: Request,
): void {
  writer.frame(() => {
    writeRequestHeader(writer, { xid, type: operation.code });
    operation.write(writer, request);
  });
}

export function writeNothing(): void {}

export function readNothing(): void {}
