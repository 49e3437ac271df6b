import { draw, textHash } from "@skylark/balance/internal";

/** What partitions are told apart by. */
export type PartitionKey = string | number;

/** The keys of each owner: every key goes to the one of `instances` that the balancer `byKey` would choose for it. */
export function keysByOwner<Key extends PartitionKey>(
  keys: readonly Key[],
  instances: readonly string[],
): ReadonlyMap<string, readonly Key[]> {
  const hashes = instances.map((id) => ({ id, hash: textHash(id) }));
  const owned = new Map<string, Key[]>();
  for (const key of keys) {
    const owner = ownerOf(textHash(String(key)), hashes);
    if (owner === undefined) continue;
    const together = owned.get(owner);
    if (together) together.push(key);
    else owned.set(owner, [key]);
  }
  return owned;
}

function ownerOf(
  keyHash: number,
  instances: readonly { readonly id: string; readonly hash: number }[],
): string | undefined {
  let owner: string | undefined;
  let most = -1;
  for (const { id, hash } of instances) {
    const drawn = draw(keyHash, hash);
    if (drawn <= most) continue;
    owner = id;
    most = drawn;
  }
  return owner;
}
