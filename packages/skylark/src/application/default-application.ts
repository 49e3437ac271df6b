import { SkylarkError } from "@skylark/core";
import { inServiceThread } from "@skylark/rpc/internal";
import { Application } from "./application.js";
import { closeOnSignals } from "./signals.js";

let shared: Application | undefined;

/**
 * The application that `serve`, `connect` and `remote` share: one process is one instance. The one piece of state that
 * belongs to the module, since it stands for the process itself. Made when first needed; SIGTERM and SIGINT close it, and
 * end the process then. Once closed it stays closed.
 *
 * Fails `unimplemented` on a worker thread of a service.
 *
 * `first`: the service that is served first gives the process its name, and its section of the settings file.
 */
export function application(first: { readonly name?: string; readonly version?: string } = {}): Application {
  if (!shared) {
    if (inServiceThread()) throw onThread();
    shared = new Application(first);
    const leaveSignals = closeOnSignals(shared);
    void shared.closed().then(leaveSignals, leaveSignals);
  }
  return shared;
}

function onThread(): SkylarkError {
  const what = "a worker thread of a service neither serves nor calls others yet";
  return new SkylarkError(
    "unimplemented",
    `${what}: call them where the thread's caller is, and hand over what it needs`,
    {
      notExecuted: true,
    },
  );
}
