import type { JuteReader } from "./jute-reader.js";
import { protocolError } from "./protocol-error.js";

const types = {
  [-1]: "none",
  1: "created",
  2: "deleted",
  3: "dataChanged",
  4: "childrenChanged",
  5: "dataWatchRemoved",
  6: "childWatchRemoved",
  7: "persistentWatchRemoved",
} as const;

const states = {
  [-112]: "expired",
  0: "disconnected",
  3: "connected",
  4: "authFailed",
  5: "connectedReadOnly",
  6: "saslAuthenticated",
  7: "closed",
} as const;

/** What happened at the path of a watch; `none` where only the state of the connection changed. */
export type WatchEventType = (typeof types)[keyof typeof types];

export type WatchEventState = (typeof states)[keyof typeof states];

/** What the server says when a watch fires: that something changed, not what it is now. */
export interface WatchEvent {
  readonly type: WatchEventType;
  readonly state: WatchEventState;
  /** From the root of the server, whatever the client's chroot. */
  readonly path: string;
}

export function readWatchEvent(reader: JuteReader): WatchEvent {
  const typeNumber = reader.int();
  const stateNumber = reader.int();
  const path = reader.text();
  const type = (types as Record<number, WatchEventType>)[typeNumber];
  const state = (states as Record<number, WatchEventState>)[stateNumber];
  if (type === undefined || state === undefined) {
    throw protocolError(`a watch event of type ${typeNumber} in state ${stateNumber}, which this client does not know`);
  }
  return { type, state, path };
}
