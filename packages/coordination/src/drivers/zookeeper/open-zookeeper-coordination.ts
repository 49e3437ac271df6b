import { SkylarkError } from "@skylark/core";
import type { Acl } from "@skylark/zookeeper";
import { StoreClient } from "../../engine/store-client.js";
import type { Coordination } from "../../port.js";
import type { DriverOptions } from "../driver.js";
import { openedInTime } from "../opened-in-time.js";
import { clientOpener, tlsOf, zooKeeperTarget } from "./client-opener.js";
import { ZooKeeperEngine } from "./zookeeper-engine.js";
import { isPassing } from "./zookeeper-errors.js";

/** Of one attempt, where there is no hurry: as long as anybody waits for an attempt that is under way when it is closed. */
const attemptMsMax = 5000;

/** Whoever has a password keeps others out of what it makes. */
const creatorOnly: readonly Acl[] = [{ permissions: 31, scheme: "auth", id: "" }];

/**
 * Opens the port over a ZooKeeper ensemble, with the package `@skylark/zookeeper`, which the application installs.
 *
 * Fails `invalid_argument` for a URL that cannot be read, `unavailable` where no member is reached, `permission_denied` where
 * the access lists shut the credentials out: ZooKeeper itself takes any user and any password.
 */
export async function openZooKeeperCoordination(options: DriverOptions): Promise<Coordination> {
  const { opens, openTimeoutMs, clock } = options;
  const target = zooKeeperTarget(options.url);
  const tls = tlsOf(target);
  const hosts = target.hosts.join(",");
  const open = await clientOpener(options, target);
  const acl = target.user && creatorOnly;
  const engine = new ZooKeeperEngine({ ...options, hosts, chroot: target.place, tls, acl });
  const openBy = opens === "later" ? Number.POSITIVE_INFINITY : clock.now() + openTimeoutMs;
  const mayPass = (error: unknown) =>
    (isPassing(error) || SkylarkError.is(error, "deadline_exceeded")) && clock.now() < openBy;
  const attemptMs = () => (opens === "later" ? attemptMsMax : Math.max(openBy - clock.now(), 1));
  void engine.connect(open, attemptMs, mayPass);
  try {
    await openedInTime(engine, options);
    return new StoreClient(engine);
  } catch (error) {
    await engine.close();
    throw clearError(error);
  }
}

function clearError(error: unknown): unknown {
  if (!SkylarkError.is(error, "permission_denied")) return error;
  const message = `${error.message}. Check user and password in the URL: ZooKeeper takes any, and its access lists decide`;
  return new SkylarkError("permission_denied", message, { details: error.details, cause: error });
}
