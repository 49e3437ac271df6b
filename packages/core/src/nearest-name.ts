/** The name that was probably meant, or undefined where none is near: at most a third of its letters may differ, and two at least. */
export function nearestName(wrong: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const edits = editsBetween(wrong.toLowerCase(), name.toLowerCase());
    if (edits >= least || edits > Math.max(2, Math.floor(name.length / 3))) continue;
    nearest = name;
    least = edits;
  }
  return nearest;
}

/** Letters to put in, take out or replace (Levenshtein's distance), row by row. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let down = 1; down <= from.length; down++) {
    const next = [down];
    for (let across = 1; across <= to.length; across++) {
      const replaced = (row[across - 1] as number) + (from[down - 1] === to[across - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[across] as number) + 1, (next[across - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
