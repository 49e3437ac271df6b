import type { Coordination } from "@skylark/coordination";

/** What counts as an operation of the store; watches are armed again by the client, whatever its user does. */
const operations: ReadonlySet<string | symbol> = new Set([
  "get",
  "list",
  "children",
  "create",
  "put",
  "delete",
  "multi",
]);

/** The same client, with somebody told of each operation that is asked of it. */
export function counted(client: Coordination, asked: () => void): Coordination {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        if (operations.has(name)) asked();
        return (value as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}
