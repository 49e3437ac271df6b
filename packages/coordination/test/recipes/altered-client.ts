import type { Coordination } from "../../src/port.js";

/** A client of which a test has replaced some parts; the others are the client's own. */
export function altered(client: Coordination, parts: Partial<Coordination>): Coordination {
  return new Proxy(client, {
    get(target, name) {
      if (Object.hasOwn(parts, name)) return parts[name as keyof Coordination];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
