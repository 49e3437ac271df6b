import type { Coordination, Json } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { type Layout, layout } from "../layout.js";
import { type InstanceOverride, readOverride } from "../record/override.js";

/**
 * Says something of an instance over its own word: what `change` names is set, or cleared where it is undefined; the rest
 * stays. Resolves with what is said now, undefined where that is nothing. Fails `not_found` where no such instance is
 * listed, `aborted` where others keep writing the same.
 *
 * @example
 * await setOverride(coordination, "default", "grading", "k3f9", { registered: false }); // out of rotation
 * await setOverride(coordination, "default", "grading", "k3f9", { registered: undefined }); // as it says itself again
 */
export async function setOverride(
  coordination: Coordination,
  cluster: string,
  service: string,
  id: string,
  change: InstanceOverride,
): Promise<InstanceOverride | undefined> {
  readOverride(change);
  const keys = layout(cluster);
  const key = keys.override(service, id);
  const isClearing = Object.values(change).every((value) => value === undefined);
  if (!isClearing) await requireInstance(coordination, keys, service, id);
  for (let attempt = 1; ; attempt++) {
    try {
      return await changeOnce(coordination, key, change);
    } catch (thrown) {
      if (attempt === attemptsMax || !isWorthReading(thrown)) throw thrown;
    }
  }
}

const attemptsMax = 5;

/** Another was faster, or the answer was lost: what stands there now tells what is left to do. */
function isWorthReading(thrown: unknown): boolean {
  const codes = ["aborted", "already_exists"] as const;
  if (codes.some((code) => SkylarkError.is(thrown, code))) return true;
  return SkylarkError.is(thrown, "unavailable") && thrown.reason === "CONNECTION_LOST";
}

async function changeOnce(
  coordination: Coordination,
  key: string,
  change: InstanceOverride,
): Promise<InstanceOverride | undefined> {
  const found = await coordination.get(key, { fresh: true });
  const value = JSON.parse(JSON.stringify({ ...(found && understood(found.value)), ...change })) as {
    [key: string]: Json;
  };
  const isNothing = Object.keys(value).length === 0;
  if (found) {
    const { revision } = found;
    await (isNothing ? coordination.delete(key, { revision }) : coordination.put(key, value, { revision }));
  } else if (!isNothing) await coordination.create(key, value);
  return isNothing ? undefined : readOverride(value);
}

/** All its fields, also those of a newer version; nothing of what makes no sense. */
function understood(value: Json): object {
  try {
    readOverride(value);
    return value as object;
  } catch {
    return {};
  }
}

async function requireInstance(coordination: Coordination, keys: Layout, service: string, id: string): Promise<void> {
  const names = await coordination.children(keys.services(service), { fresh: true });
  if (names.some((name) => name.endsWith(`~${id}`))) return;
  const ids = names.map((name) => name.slice(name.lastIndexOf("~") + 1));
  const instead =
    ids.length === 0 ? "none is" : `listed: ${ids.slice(0, 10).join(", ")}${ids.length > 10 ? ", …" : ""}`;
  throw new SkylarkError("not_found", `no instance ${id} of "${service}" is listed; ${instead}`);
}
