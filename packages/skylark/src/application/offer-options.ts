import type { Leadership } from "@skylark/coordination";
import type { LoadedSettings } from "../settings/loaded-settings.js";
import type { Lifecycle } from "./lifecycle.js";

/** How a service is offered, beside what it is. */
export interface OfferOptions {
  /** Services it calls: declared, so that everybody sees who depends on whom. */
  readonly requires?: readonly string[] | undefined;
  /** Whether it goes into rotation at once. Default: true. */
  readonly register?: boolean | undefined;
  readonly lifecycle?: Lifecycle | undefined;
  /**
   * Stands for election among the instances of the service: one of them leads at a time, for callers that connect `to` the
   * leader. `true`: that is all. A function is called while this instance leads, and stops when `ended` aborts; should it
   * return before, the instance leads on. Default: it does not stand.
   */
  readonly lead?: true | ((leadership: Leadership) => Promise<void>) | undefined;
  /** The program's own settings, for `sky config` to show. */
  readonly settings?: LoadedSettings | undefined;
}
