import { type Log, silentLog } from "@skylark/core";
import { type Clock, type Random, systemClock, systemRandom, TimerWheel } from "@skylark/core/internal";
import { detached } from "../call-context.js";
import { Slab } from "../wire/slab.js";

/** What the connections of one process share: time, chance, and the memory they write from. */
export interface ConnectionResources {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly slab: Slab;
  /** Fine: the ends of calls. Turns only while calls are in flight. */
  readonly deadlines: TimerWheel;
  /** Coarse: whether peers are alive. */
  readonly liveness: TimerWheel;
}

export function connectionResources(options: { clock?: Clock; random?: Random; log?: Log } = {}): ConnectionResources {
  const { clock = systemClock, random = systemRandom, log = silentLog } = options;
  return {
    clock,
    random,
    log,
    slab: new Slab(),
    deadlines: new TimerWheel(turnedByNobody(clock), 8, 1024),
    liveness: new TimerWheel(turnedByNobody(clock), 100, 256),
  };
}

/** A wheel is set going by whichever call comes first, and must not turn inside that call for ever after. */
function turnedByNobody(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    after: (delayMs, fire, keepsAlive) => detached(() => clock.after(delayMs, fire, keepsAlive)),
    every: (intervalMs, fire) => detached(() => clock.every(intervalMs, fire)),
  };
}
