export { Backoff, type BackoffOptions } from "./backoff.js";
export { type Clock, systemClock, type Timer } from "./clock.js";
export { type Deferred, deferred } from "./deferred.js";
export { ManualClock } from "./manual-clock.js";
export { nearestName } from "./nearest-name.js";
export { Histogram, type HistogramData } from "./observe/histogram.js";
export { Patience, type PatienceOptions } from "./patience.js";
export { type Random, randomId, randomIndex, seededRandom, systemRandom } from "./random.js";
export { TimerWheel, TimerWheelEntry } from "./timer-wheel.js";
