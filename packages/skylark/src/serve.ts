import { methodsOf, type Service, type ThreadedModule } from "@skylark/rpc/internal";
import type { Application } from "./application/application.js";
import { application } from "./application/default-application.js";
import type { OfferOptions } from "./application/offer-options.js";
import type { ServedService } from "./application/served-service.js";
import { type Contract, type Handlers, isContract, type MethodContracts } from "./contract/contract.js";
import { contractService, plainService } from "./contract/contract-service.js";
import { contractOnThreads, isThreadedModule, plainOnThreads } from "./contract/threaded-service.js";

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
 * In place of an implementation, `{ worker: new URL("./hash.js", import.meta.url) }` names a module whose functions run on
 * worker threads, for methods that compute: the event loop stays free.
 *
 * Fails `invalid_argument` where the implementation offers nothing, `failed_precondition` where the port is taken or a
 * worker's module cannot be loaded, `already_exists` where this process serves that name already, and as coordination does
 * where waiting would not help.
 *
 * @example
 * import * as grading from "./grading.js";
 * await serve("grading", grading, { version: "1", requires: ["log"] });
 */
export function serve(
  name: string,
  implementation: object | ThreadedModule,
  options?: ServePlainOptions,
): Promise<ServedService>;
export function serve(contract: Contract, module: ThreadedModule, options?: ServeOptions): Promise<ServedService>;
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
  const version = options.version ?? "0.0.0";
  const serving = (): Application =>
    options.application ?? application(isContract(subject) ? subject : { name: subject, version });
  const service = await serviceOf();
  try {
    return await serving().offer(service, options);
  } catch (thrown) {
    await service.close?.();
    throw thrown;
  }

  async function serviceOf(): Promise<Service> {
    const { idempotent = [] } = options;
    if (isThreadedModule(implementation)) {
      const { log } = serving();
      if (isContract(subject)) return await contractOnThreads(subject, implementation, log);
      return await plainOnThreads({ name: subject, version, idempotent }, implementation, log);
    }
    if (isContract(subject)) return contractService(subject, implementation as Handlers<MethodContracts>);
    return plainService({ name: subject, version, idempotent }, methodsOf(implementation));
  }
}
