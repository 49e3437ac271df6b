import type { OpenDriver } from "./driver.js";
import { settingError } from "./driver-errors.js";
import { openZooKeeperCoordination } from "./zookeeper/open-zookeeper-coordination.js";

/** By the scheme of their URLs. */
const drivers: ReadonlyMap<string, OpenDriver> = new Map([["zookeeper", openZooKeeperCoordination]]);

/** The driver for a URL of the form `scheme://…`; undefined for the embedded store. Fails `invalid_argument` for any other. */
export function driverOf(url: string): OpenDriver | undefined {
  if (url === "embedded") return undefined;
  const scheme = /^([a-z]+):\/\//.exec(url)?.[1];
  const driver = drivers.get(scheme ?? "");
  if (driver) return driver;
  const coming = scheme === "etcd" ? `"etcd://" comes in a later release` : undefined;
  const what = coming ?? `${JSON.stringify(url)} is no coordination URL`;
  const known = `this one knows "embedded", the store of this machine, and ${[...drivers.keys()].map((each) => `"${each}://…"`).join(", ")}`;
  throw settingError(`${what}; ${known}`);
}
