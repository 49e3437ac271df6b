import type { ServerResponse } from "node:http";
import type { Clock } from "@skylark/core/internal";
import type { GuestStream } from "@skylark/rpc/internal";
import { errorBody } from "../answer/answer.js";
import { jsonOf } from "../body/json-form.js";
import { httpLimits } from "../limits.js";
import type { StreamForm } from "./stream-form.js";

/**
 * Answers with the messages of a server stream, each as JSON in the form asked for, no faster than the client reads. Fails as
 * the stream does before anything was written. Where it fails later, the error comes last; in a form that cannot tell it
 * from a message, the body is not completed: no client takes it for the end. `method`: whose messages they are.
 */
export async function answerStream(
  response: ServerResponse,
  stream: GuestStream,
  method: string,
  form: StreamForm,
  clock: Clock,
): Promise<void> {
  const { pulse } = form;
  const pulses = pulse === undefined ? undefined : clock.every(httpLimits.pulseMs, () => beat(response, form, pulse));
  try {
    for (let step = await stream.next(); !step.done; step = await stream.next()) {
      begin(response, form);
      const hasRoom = response.write(form.message(jsonOf(step.value, method)));
      if (!hasRoom) await drained(response);
    }
    begin(response, form);
    response.end(form.ending);
  } catch (thrown) {
    if (response.destroyed) return;
    if (!response.headersSent) throw thrown;
    const failure = form.failure(errorBody(thrown));
    if (form.failureIsLast === "told") response.end(failure);
    else response.write(failure, () => void response.destroy());
  } finally {
    pulses?.cancel();
  }
}

function begin(response: ServerResponse, { type }: StreamForm): void {
  if (response.headersSent) return;
  response.writeHead(200, { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.flushHeaders();
}

/** Who does not read needs no sign of life: what waits for it is one. */
function beat(response: ServerResponse, form: StreamForm, pulse: string): void {
  if (response.destroyed || response.writableNeedDrain) return;
  begin(response, form);
  response.write(pulse);
}

/** Or gone: then the next message is not to be had either. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
