import type { ServerResponse } from "node:http";
import type { GuestStream } from "@skylark/rpc/internal";
import { errorBody } from "../answer/answer.js";
import { jsonOf } from "../body/json-form.js";

/**
 * Answers with the messages of a server stream, each as JSON in a line of its own, no faster than the client reads. Fails as
 * the stream does before its first message. Where it fails later, the last line is the error, and the body is not completed:
 * no client takes it for the end. `method`: whose messages they are.
 */
export async function answerStream(response: ServerResponse, stream: GuestStream, method: string): Promise<void> {
  let step = await stream.next();
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  response.flushHeaders();
  try {
    for (; !step.done; step = await stream.next()) {
      const hasRoom = response.write(`${jsonOf(step.value, method)}\n`);
      if (!hasRoom) await drained(response);
    }
    response.end();
  } catch (thrown) {
    if (response.destroyed) return;
    response.write(`${JSON.stringify(errorBody(thrown))}\n`, () => void response.destroy());
  }
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
