import { createHook } from "node:async_hooks";

/** What an application could leave behind, also what would not keep the process alive. */
const handles: ReadonlySet<string> = new Set(["TCPWRAP", "TCPSERVERWRAP", "PIPEWRAP", "PIPESERVERWRAP", "Timeout"]);

/** Watches the sockets, pipes and timers that are opened while a test runs. Whoever makes it asks once what is left. */
export class LeakCheck {
  readonly #open = new Map<number, string>();
  readonly #hook = createHook({
    init: (id, type) => {
      if (!handles.has(type)) return;
      const origin = originOf();
      // the runner sets timers of its own; sockets nobody here opens but us
      if (origin !== undefined || type !== "Timeout") this.#open.set(id, `${type} made ${origin ?? "by node"}`);
    },
    destroy: (id) => void this.#open.delete(id),
  });

  constructor() {
    this.#hook.enable();
  }

  /** What is still open once the last closing has had its turns of the event loop; stops watching. */
  async left(): Promise<readonly string[]> {
    const patientUntil = performance.now() + patienceMs;
    while (this.#open.size > 0 && performance.now() < patientUntil) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#hook.disable();
    return [...this.#open.values()];
  }
}

/** Ends as soon as nothing is open; a leak is told after it. */
const patienceMs = 15_000;

/** The innermost line of ours that led here; undefined where it was somebody else. */
function originOf(): string | undefined {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const stack = new Error("who opens this").stack ?? "";
  Error.stackTraceLimit = before;
  return stack
    .split("\n")
    .find((line) => /\/packages\/[^/]+\/src\//.test(line))
    ?.trim();
}
