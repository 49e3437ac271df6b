import { stripVTControlCharacters } from "node:util";
import CliTable from "cli-table3";
import type { Colours, Terminal } from "./terminal.js";

export interface Column<Row> {
  /** In small letters; shown in capitals at the head of a table. */
  readonly head: string;
  /** A column that is empty in every row is left out. */
  readonly text: (row: Row) => string;
  readonly paint?: ((text: string, row: Row) => string) | undefined;
  /** May be left out where the terminal is too narrow: the last one first. */
  readonly minor?: boolean;
}

/**
 * Rows as a table. Where it is wider than the terminal, minor columns are left out; where that is not enough, the rows are
 * written out one below the other, so that nothing is cut off or wrapped across columns. The first column names the row.
 */
export function tableText<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Pick<Terminal, "columns" | "colours">,
): string {
  const filled = columns.filter(({ text }) => rows.some((row) => text(row) !== ""));
  const width = terminal.columns ?? Number.POSITIVE_INFINITY;
  for (let shown = filled; ; ) {
    const lines = tableLines(rows, shown, terminal.colours);
    if (Math.max(...lines.map(widthOf)) <= width) return `${lines.join("\n")}\n`;
    const last = shown.findLastIndex(({ minor }) => minor);
    if (last === -1) return stackedText(rows, filled);
    shown = shown.filter((_, index) => index !== last);
  }
}

function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[], { dim }: Colours): string[] {
  const table = new CliTable({
    head: columns.map(({ head }) => dim(head.toUpperCase())),
    chars: borderless,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  table.push(...rows.map((row) => columns.map((column) => painted(column, row))));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).trimEnd().length;
}

function stackedText<Row>(rows: readonly Row[], [first, ...others]: readonly Column<Row>[]): string {
  if (!first) return "";
  const indent = Math.max(0, ...others.map(({ head }) => head.length));
  const blocks = rows.map((row) => {
    const fields = others
      .filter(({ text }) => text(row) !== "")
      .map((column) => `  ${column.head.padEnd(indent)}  ${painted(column, row)}\n`);
    return `${painted(first, row)}\n${fields.join("")}`;
  });
  return blocks.join("\n");
}

function painted<Row>({ text, paint }: Column<Row>, row: Row): string {
  const plain = onOneLine(text(row));
  return paint && plain !== "" ? paint(plain, row) : plain;
}

/** What others wrote into the store must not write over the screen. */
export function onOneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

const borderless = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
