import type { OpenDriver } from "./driver.js";
import { settingError } from "./driver-errors.js";
import { openEtcdCoordination } from "./etcd/open-etcd-coordination.js";
import { openZooKeeperCoordination } from "./zookeeper/open-zookeeper-coordination.js";

/** By the scheme of their URLs. */
const drivers: ReadonlyMap<string, OpenDriver> = new Map([
  ["zookeeper", openZooKeeperCoordination],
  ["etcd", openEtcdCoordination],
]);

/** The driver for a URL of the form `scheme://…`; undefined for the embedded store. Fails `invalid_argument` for any other. */
export function driverOf(url: string): OpenDriver | undefined {
  if (url === "embedded") return undefined;
  const driver = drivers.get(/^([a-z]+):\/\//.exec(url)?.[1] ?? "");
  if (driver) return driver;
  const known = [...drivers.keys()].map((scheme) => `"${scheme}://…"`).join(" and ");
  const message = `${JSON.stringify(url)} is no coordination URL; there are "embedded", the store of this machine, ${known}`;
  throw settingError(message);
}
