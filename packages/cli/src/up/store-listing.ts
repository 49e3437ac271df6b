import { hostname } from "node:os";
import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import { type DirectoryInstance, SystemWatch } from "@skylark/discovery/internal";
import type { AwaitedProcess, Listing } from "./readiness.js";

/** Who is listed, from one watch that opens when the first asks. Whoever makes it closes it. */
export class StoreListing implements Listing {
  readonly #open: (tell: (instances: readonly DirectoryInstance[]) => void) => SystemWatch;
  #watch: SystemWatch | undefined;
  #instances: readonly DirectoryInstance[] = [];
  readonly #looking = new Set<() => void>();

  constructor(coordination: Coordination, cluster: string, log: Log) {
    this.#open = (tell) => new SystemWatch(coordination, cluster, tell, { log });
  }

  listed(service: string, process: AwaitedProcess, signal: AbortSignal): Promise<string> {
    this.#watch ??= this.#open((instances) => this.#heard(instances));
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.#instances.find((each) => each.service === service && isOf(process, each));
        if (!found) return;
        this.#looking.delete(look);
        resolve(found.url ?? found.address);
      };
      this.#looking.add(look);
      signal.addEventListener("abort", () => this.#looking.delete(look), { once: true });
      look();
    });
  }

  close(): void {
    this.#watch?.close();
    this.#looking.clear();
  }

  #heard(instances: readonly DirectoryInstance[]): void {
    this.#instances = instances;
    for (const look of this.#looking) look();
  }
}

/** By its process id; one that is listed without, or runs inside another program, by having come after this process did. */
function isOf({ pid, startedAt, isKept }: AwaitedProcess, instance: DirectoryInstance): boolean {
  if (instance.host === hostname() && instance.pid === pid) return true;
  return (isKept || instance.pid === 0) && Date.parse(instance.startedAt) >= startedAt;
}
