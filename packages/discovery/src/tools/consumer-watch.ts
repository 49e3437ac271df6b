import type { Coordination, Watch } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import { EntryView } from "../consumer/entry-view.js";
import { layout } from "../layout.js";
import { type ConsumerRecord, readConsumer } from "../record/consumer.js";

/** A process, and a service that it requires. */
export interface ServiceConsumer {
  readonly service: string;
  readonly consumer: ConsumerRecord;
}

/** All consumers of a cluster, sorted by service and id, told again after each change: for tools. Whoever opens it closes it. */
export class ConsumerWatch {
  readonly #watch: Watch;

  constructor(
    coordination: Coordination,
    cluster: string,
    onConsumers: (consumers: readonly ServiceConsumer[]) => void,
    { log }: { readonly log: Log },
  ) {
    const view = new EntryView(readConsumer, log);
    this.#watch = coordination.watch(layout(cluster).consumers(), (event) => {
      view.fold(event);
      if (view.complete) onConsumers(allOf(view));
    });
  }

  /** Nothing is told afterwards. */
  close(): void {
    this.#watch.close();
  }
}

function allOf(view: EntryView<ConsumerRecord>): readonly ServiceConsumer[] {
  return [...view.entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, consumer]) => ({ service: key.split("/").at(-2) ?? "", consumer }));
}
