import type { Application } from "./application/application.js";
import type { ConsumedService } from "./application/consumed-service.js";
import { application } from "./application/default-application.js";

/** Whose connections a client uses, and how long it waits for coordination. */
export interface ConsumingOptions {
  readonly timeoutMs?: number | undefined;
  readonly application?: Application | undefined;
}

/** A service, as soon as it is known which instances there are, or `timeoutMs` are over. */
export async function consumed(name: string, options: ConsumingOptions): Promise<ConsumedService> {
  const own = options.application ?? application();
  const service = await own.consume(name);
  const { timeoutMs } = own.settings.values;
  await service.known(Math.min(options.timeoutMs ?? timeoutMs, timeoutMs));
  return service;
}

/** Without what is undefined: that says nothing. */
export function said<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}
