import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { SkylarkError } from "@skylark/core";
import { insideCall } from "../call-context.js";
import { type Messages, messagesOf } from "../connection/messages.js";
import { type Method, methodsOf } from "../server/service.js";
import { decodeValue, encodeValue } from "../wire/codec.js";
import { encodeFailure, Failure } from "../wire/failure.js";
import { inServiceThread } from "./in-service-thread.js";
import { ThreadCall } from "./thread-call.js";
import { type FromThread, flagsPerCall, type ThreadEnd, type ThreadTask, type ToThread } from "./thread-messages.js";

/** A call or stream that has begun here. */
interface Begun {
  readonly call: ThreadCall;
  /** Of a stream. */
  readonly messages: Promise<Messages> | undefined;
}

/** The inside of a thread: loads the module, and runs what it is told to. `workerThreads` is its other end. */
class ServiceThread {
  readonly #port: MessagePort;
  readonly #task: ThreadTask;
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #begun = new Map<number, Begun>();

  constructor(port: MessagePort, task: ThreadTask, methods: ReadonlyMap<string, Method>) {
    this.#port = port;
    this.#task = task;
    this.#methods = methods;
  }

  told(message: ToThread): void {
    if (message.kind === "call") return this.#begin(message);
    const begun = this.#begun.get(message.id);
    if (!begun) return; // it has ended meanwhile
    if (message.kind === "cancel") {
      begun.call.abort(new SkylarkError(message.code, message.message));
      this.#say({ kind: "heard", id: message.id });
    } else if (message.kind === "next") void this.#next(message.id, begun);
    else void this.#leave(message.id, begun);
  }

  #begin({ id, slot, shape, facts, args }: Extract<ToThread, { kind: "call" }>): void {
    const { service, flags } = this.#task;
    const call = new ThreadCall(service, facts, { flags, at: slot * flagsPerCall, id });
    this.#begun.set(id, { call, messages: undefined });
    const answer = insideCall(call, async () => await this.#call(call, valueOf(args)));
    if (shape === "unary") {
      answer
        .then((value) => this.#end({ kind: "result", id, value: bytesOf(value, "result", call) }))
        .catch((thrown: unknown) => this.#fail(id, thrown));
      return;
    }
    const messages = answer.then((stream) => messagesOf(stream as AsyncIterable<unknown>, nameOf(call)));
    const begun = { call, messages };
    this.#begun.set(id, begun);
    void this.#next(id, begun); // the call asks for the first message itself
  }

  #call(call: ThreadCall, args: unknown[]): unknown {
    const method = this.#methods.get(call.method);
    const given = this.#task.style === "contract" ? [args[0], call] : args;
    if (method?.shape === "unary") return method.run(call, given);
    if (method?.shape === "server-stream") return method.open(call, given);
    throw new SkylarkError("unimplemented", `${nameOf(call)} is not in ${this.#task.module}`);
  }

  async #next(id: number, { call, messages }: Begun): Promise<void> {
    try {
      const step = await insideCall(call, async () => await (await messages)?.next());
      if (!step || step.done) this.#end({ kind: "end", id });
      else this.#say({ kind: "message", id, value: bytesOf(step.value, "message", call) });
    } catch (thrown) {
      this.#fail(id, thrown);
    }
  }

  async #leave(id: number, { call, messages }: Begun): Promise<void> {
    try {
      await insideCall(call, async () => await (await messages)?.end());
      this.#end({ kind: "end", id });
    } catch (thrown) {
      this.#fail(id, thrown);
    }
  }

  #fail(id: number, thrown: unknown): void {
    const error = SkylarkError.from(thrown);
    const trace = error === thrown ? undefined : error.cause instanceof Error ? error.cause.stack : error.message;
    this.#end({ kind: "failed", id, failure: new Uint8Array(encodeFailure(Failure.of(error))), trace });
  }

  /** Once for each call: a stream that is left while it fails ends once. */
  #end(message: ThreadEnd): void {
    if (this.#begun.delete(message.id)) this.#say(message);
  }

  #say(message: FromThread): void {
    const moved = message.kind === "result" || message.kind === "message" ? [message.value.buffer] : [];
    this.#port.postMessage(message, moved);
  }
}

function valueOf(bytes: Uint8Array<ArrayBuffer>): unknown[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decodeValue(buffer, 0, buffer.length) as unknown[];
}

/** Into memory of its own, which goes to the other side. What has no form on the wire is refused here, by name. */
function bytesOf(value: unknown, role: "result" | "message", call: ThreadCall): Uint8Array<ArrayBuffer> {
  try {
    const { bytes, start, end } = encodeValue(value, role);
    return new Uint8Array(bytes.subarray(start, end));
  } catch (thrown) {
    const { message, cause } = SkylarkError.from(thrown);
    throw new SkylarkError("internal", `${nameOf(call)}: ${message}`, { cause });
  }
}

function nameOf({ service, method }: ThreadCall): string {
  return `${service}.${method}`;
}

async function run(port: MessagePort, task: ThreadTask): Promise<void> {
  const tell = (message: FromThread): void => port.postMessage(message);
  try {
    const methods = methodsOf((await import(task.module)) as object);
    const thread = new ServiceThread(port, task, methods);
    port.on("message", (message: ToThread) => thread.told(message));
    tell({
      kind: "ready",
      methods: [...methods].flatMap(([name, { shape }]) => (shape === "stream" ? [] : [{ name, shape }])),
    });
  } catch (thrown) {
    const { message } = SkylarkError.from(thrown);
    tell({ kind: "refused", message: `${task.module} cannot be loaded: ${message}` });
    port.close();
  }
}

// not awaited: what the module imports may import this one's neighbours
if (parentPort && inServiceThread()) void run(parentPort, workerData as ThreadTask);
