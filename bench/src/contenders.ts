import type { Contender } from "./contender.js";

/** What is measured by one command, in the order in which each round runs them. */
export const suites = {
  rpc: ["floor", "grpcJs", "moleculer", "skylarkRpc", "skylark"],
  coordination: ["durableFloor", "storeWrites", "storeReads"],
} as const;

export type ContenderName = (typeof suites)[keyof typeof suites][number];

/** Those that ours is set against, one ratio each. */
export const rivalNames = ["floor", "grpcJs", "moleculer"] as const satisfies readonly ContenderName[];

/** The one that the ratios are about: all of it, as an application uses it. */
export const ourName = "skylark" satisfies ContenderName;

/** Loads one contender and nothing of the others: their modules would share its heap. */
export async function loadContender(name: ContenderName): Promise<Contender> {
  switch (name) {
    case "floor":
      return (await import("./contenders/floor.js")).floor;
    case "grpcJs":
      return (await import("./contenders/grpc-js.js")).grpcJs;
    case "moleculer":
      return (await import("./contenders/moleculer.js")).moleculer;
    case "skylarkRpc":
      return (await import("./contenders/skylark-rpc.js")).skylarkRpc;
    case "skylark":
      return (await import("./contenders/skylark.js")).skylark;
    case "durableFloor":
      return (await import("./contenders/durable-floor.js")).durableFloor;
    case "storeWrites":
      return (await import("./contenders/store.js")).storeWrites;
    case "storeReads":
      return (await import("./contenders/store.js")).storeReads;
  }
}
