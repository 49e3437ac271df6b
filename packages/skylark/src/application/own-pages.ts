import { metricsText, metricsTextType } from "@skylark/core/internal";
import { refuseAllButGet, sendJson, sendText } from "@skylark/http/internal";
import type { FigureTaker } from "./instance-figures.js";
import { instanceMetrics } from "./instance-metrics.js";
import { openApiOf } from "./openapi.js";
import type { ProcessPort } from "./process-port.js";
import type { ProcessStore } from "./process-store.js";

/** What the pages of a process tell of it. */
export interface PagesParts {
  readonly process: { readonly name: string };
  readonly store: Pick<ProcessStore, "session">;
  readonly figures: Pick<FigureTaker, "take">;
}

/** What a process tells of itself by HTTP, beside its health: nothing of it is made before somebody asks. */
export function mountOwnPages(port: ProcessPort, parts: PagesParts): void {
  port.page("/metrics", (request, response) => {
    refuseAllButGet(request);
    sendText(response, 200, metricsOf(port, parts), { "content-type": metricsTextType });
  });
  port.page("/openapi.json", (request, response) => {
    refuseAllButGet(request);
    sendJson(response, 200, openApiOf(parts.process.name, port.server.offered));
  });
}

function metricsOf(port: ProcessPort, { process: { name }, store, figures }: PagesParts): string {
  const { user, system } = process.cpuUsage();
  const measured = {
    name,
    httpConnections: port.httpConnections,
    session: store.session,
    cpuSeconds: (user + system) / 1e6,
    startedAtSeconds: performance.timeOrigin / 1000,
    shapeOf: (service: string, method: string) => port.server.methodNamed(service, method)?.entry.shape,
  };
  return metricsText(instanceMetrics(figures.take(), measured));
}
