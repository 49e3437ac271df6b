import { UsageError } from "../failure.js";

/** By the name of the process; processes without a port are not in it. */
export type Ports = ReadonlyMap<string, number>;

/** Puts ports in the place of `{portal.port}`, and of `{port}` where `own` has one. Other braces stay as they are. */
export function withPorts(text: string, ports: Ports, own?: string): string {
  return text.replaceAll(/\{(?:([A-Za-z][\w-]*)\.)?port\}/g, (placeholder, name: string | undefined) => {
    const whose = name ?? own;
    const port = whose === undefined ? undefined : ports.get(whose);
    if (port !== undefined) return String(port);
    if (whose === undefined) throw new UsageError(`${placeholder} names no process: write {<process>.port}`);
    const known = ports.size === 0 ? "no process has one" : `those with one are ${[...ports.keys()].join(", ")}`;
    throw new UsageError(`${placeholder} stands for the port of "${whose}", which declares none: ${known}`);
  });
}
