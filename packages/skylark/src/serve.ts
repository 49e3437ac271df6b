import type { Application, OfferOptions } from "./application/application.js";
import { application } from "./application/default-application.js";
import type { ServedService } from "./application/served-service.js";
import { type Contract, type Handlers, isContract, type MethodContracts } from "./contract/contract.js";
import { contractService, plainService } from "./contract/contract-service.js";

export interface ServeOptions extends OfferOptions {
  /** Default: the process's own, shared by all `serve` and `connect` without this option. */
  readonly application?: Application | undefined;
}

export interface ServePlainOptions extends ServeOptions {
  /** Any string; where it is a semantic version, callers may ask for ranges. Default: "0.0.0". */
  readonly version?: string | undefined;
  /** Methods that may be tried again even when they may have run. */
  readonly idempotent?: readonly string[] | undefined;
}

/**
 * Offers a service: finds coordination, listens, registers, and drains on SIGTERM. Resolves when it is listed: while the
 * store is away, that is when it is back, and the log says so.
 *
 * Fails `invalid_argument` where the implementation offers nothing, `failed_precondition` where the port is taken,
 * `already_exists` where this process serves that name already, and as coordination does where waiting would not help.
 *
 * @example
 * import * as grading from "./grading.js";
 * await serve("grading", grading, { version: "1", requires: ["log"] });
 */
export function serve(name: string, implementation: object, options?: ServePlainOptions): Promise<ServedService>;
export function serve<Methods extends MethodContracts>(
  contract: Contract<Methods>,
  handlers: Handlers<Methods>,
  options?: ServeOptions,
): Promise<ServedService>;
export async function serve(
  subject: string | Contract,
  implementation: object,
  options: ServePlainOptions = {},
): Promise<ServedService> {
  const service = isContract(subject)
    ? contractService(subject, implementation as Handlers<MethodContracts>)
    : plainService(subject, options.version ?? "0.0.0", implementation, options.idempotent ?? []);
  return (options.application ?? application(service)).offer(service, options);
}
