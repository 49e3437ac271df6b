export async function greet(name: string): Promise<string> {
  if (name === "") throw new RangeError("there is nobody to greet");
  return `Hello, ${name}!`;
}
