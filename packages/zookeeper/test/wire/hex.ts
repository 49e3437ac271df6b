/** Hexadecimal digits with spaces between the fields, for people to read. */
export function hex(spaced: string): string {
  return spaced.replaceAll(" ", "");
}
