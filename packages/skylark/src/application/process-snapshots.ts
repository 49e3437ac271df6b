import { homePath } from "@skylark/coordination/internal";
import type { Log } from "@skylark/core";
import { systemClock } from "@skylark/core/internal";
import { Snapshots } from "@skylark/discovery/internal";
import type { RuntimeSettings } from "../settings/runtime-settings.js";

/** Where this process writes down whom it can call; undefined where it was told not to. */
export function snapshotsOf(settings: RuntimeSettings, log: Log): Snapshots | undefined {
  const { snapshots, home = homePath(), cluster, coordination: coordinationUrl } = settings;
  return snapshots ? new Snapshots({ home, cluster, coordinationUrl, clock: systemClock, log }) : undefined;
}
