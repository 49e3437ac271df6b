import type { SetWatches2Request } from "../wire/operations/watches.js";
import type { WatchKind, WatchTable } from "./watch-table.js";

/** Of the paths of one packet: far below the server's limit, so that no packet is refused for its size. */
const batchBytesMax = 128 * 1024;

type PathLists = { -readonly [List in Exclude<keyof SetWatches2Request, "relativeZxid">]: string[] };

const listOf: Record<WatchKind, keyof PathLists> = {
  data: "data",
  exist: "exist",
  children: "children",
  persistent: "persistent",
  recursive: "persistentRecursive",
};

/**
 * What tells a server which watches its new client has set, in packets of modest size. What changed after
 * `relativeZxid` fires at once.
 */
export function rearmingRequests(
  table: Pick<WatchTable<unknown>, "paths">,
  kinds: readonly WatchKind[],
  relativeZxid: bigint,
  bytesMax = batchBytesMax,
): SetWatches2Request[] {
  const requests: SetWatches2Request[] = [];
  let lists = emptyLists();
  let bytes = 0;
  for (const kind of kinds) {
    for (const path of table.paths(kind)) {
      const size = 4 + Buffer.byteLength(path);
      if (bytes > 0 && bytes + size > bytesMax) {
        requests.push({ relativeZxid, ...lists });
        lists = emptyLists();
        bytes = 0;
      }
      lists[listOf[kind]].push(path);
      bytes += size;
    }
  }
  if (bytes > 0) requests.push({ relativeZxid, ...lists });
  return requests;
}

/** Whether servers before 3.6 understand it. */
export function isPlain({ persistent, persistentRecursive }: SetWatches2Request): boolean {
  return persistent.length === 0 && persistentRecursive.length === 0;
}

function emptyLists(): PathLists {
  return { data: [], exist: [], children: [], persistent: [], persistentRecursive: [] };
}
