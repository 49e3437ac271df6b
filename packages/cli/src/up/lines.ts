import type { Readable } from "node:stream";

/** Tells each line of a text stream without its end; a longer one in parts, so that none is ever kept whole in memory. */
export function eachLine(stream: Readable, tell: (line: string) => void): void {
  let begun = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = `${begun}${text}`.split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) tellParts(line.replace(/\r$/, ""), tell);
    while (begun.length > lineLettersMax) {
      tell(begun.slice(0, lineLettersMax));
      begun = begun.slice(lineLettersMax);
    }
  });
  stream.on("end", () => {
    if (begun !== "") tell(begun);
  });
  stream.on("error", () => {}); // its process has ended, which is told elsewhere
}

/** Nobody reads a longer one. */
const lineLettersMax = 16_384;

function tellParts(line: string, tell: (line: string) => void): void {
  for (let at = 0; at === 0 || at < line.length; at += lineLettersMax) tell(line.slice(at, at + lineLettersMax));
}
