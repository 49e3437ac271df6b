import { Application } from "./application.js";
import { closeOnSignals } from "./signals.js";

let shared: Application | undefined;

/**
 * The application that `serve`, `connect` and `remote` share: one process is one instance. The one piece of state that
 * belongs to the module, since it stands for the process itself. Made when first needed; SIGTERM and SIGINT close it, and
 * end the process then. Once closed it stays closed.
 *
 * `first`: the service that is served first gives the process its name, and its section of the settings file.
 */
export function application(first: { readonly name?: string; readonly version?: string } = {}): Application {
  if (!shared) {
    shared = new Application(first);
    const leaveSignals = closeOnSignals(shared);
    void shared.closed().then(leaveSignals, leaveSignals);
  }
  return shared;
}
