import { type Application, serve } from "skylark";
import { Logs } from "./contract.js";
import { LogHandlers } from "./service/log-handlers.js";
import { postLog } from "./service/post-log.js";
import { LogStore } from "./store/log-store.js";
import type { Rotation } from "./store/log-writer.js";

export interface OpenLogsOptions {
  /** Whose port it is reached at. Closing it closes the log. */
  readonly application: Application;
  /** Where the lines are kept; made where there is none. One process at a time has it. */
  readonly folder: string;
  /** When a file is full, and how many are kept. Default: 16 MiB, 64 files. */
  readonly rotation?: Partial<Rotation> | undefined;
}

/** A log service that runs. */
export interface OpenLogs extends AsyncDisposable {
  readonly folder: string;
  /** Where it is called. */
  readonly address: string;
  /** Where programs in any language post lines, `http://host:port/log`; undefined where HTTP is switched off. */
  readonly url: string | undefined;
  /** Lines that are kept. */
  readonly lines: number;
  /** Leaves in order: unlisted first, then calls finish, then the files are closed. */
  close(): Promise<void>;
}

/**
 * Keeps the lines of all processes of a cluster, as the service "log", and those that are posted to `/log` on the port of its
 * application. One is enough, and a second one would have half of them; the folder refuses a second owner.
 *
 * Fails `failed_precondition` where another process has the folder, `permission_denied` where this one may not write there,
 * `invalid_argument` where the rotation makes no sense, and as `serve` does.
 *
 * @example
 * const logs = await openLogs({ application: application(), folder: "/var/lib/skylark/logs" });
 */
export async function openLogs({ application, folder, rotation }: OpenLogsOptions): Promise<OpenLogs> {
  const store = await LogStore.open({ folder, rotation, log: application.log });
  const { http } = application.settings.values;
  let unmount: (() => void) | undefined;
  try {
    if (http) unmount = mounted(application, store);
    const lifecycle = { stopped: () => store.close() }; // with its application: until that is gone, posts are told so
    const served = await serve(Logs, new LogHandlers(store), { application, lifecycle });
    const close = async (): Promise<void> => {
      await served.stop();
      unmount?.();
      await store.close();
    };
    return {
      folder,
      address: served.address,
      url: http && application.url !== undefined ? `${application.url}/log` : undefined,
      get lines() {
        return store.segments.end - store.segments.first;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (thrown) {
    unmount?.();
    await store.close();
    throw thrown;
  }
}

/** The path alone: its own methods lie below, `/log/append`. */
function mounted(application: Application, store: LogStore): () => void {
  return application.mount("/log", postLog(store, `${application.instance}-http`), { exact: true });
}
