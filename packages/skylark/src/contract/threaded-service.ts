import { type Log, SkylarkError } from "@skylark/core";
import { type Call, detached } from "@skylark/rpc";
import {
  type Method,
  openThreads,
  type Service,
  type ServiceThreads,
  type ThreadedModule,
} from "@skylark/rpc/internal";
import type { Contract, Handlers, MethodContracts } from "./contract.js";
import { contractService, type PlainFacts, plainService } from "./contract-service.js";

/** Whether it names a module for worker threads, and is no implementation itself. */
export function isThreadedModule(implementation: object): implementation is ThreadedModule {
  return "worker" in implementation && implementation.worker instanceof URL;
}

/** The functions of a module as a service to offer, run on threads of its own. */
export async function plainOnThreads(facts: PlainFacts, module: ThreadedModule, log: Log): Promise<Service> {
  const threads = await detached(() => openThreads(facts.name, module, { style: "plain", log }));
  return await closedOnFailure(threads, () => plainService(facts, threads.methods));
}

/**
 * A contract kept by the functions of a module, run on threads of its own. What comes and goes is checked where the contract
 * is, outside the threads. Fails `invalid_argument` where the module has no function for a method.
 */
export async function contractOnThreads(contract: Contract, module: ThreadedModule, log: Log): Promise<Service> {
  const threads = await detached(() => openThreads(contract.name, module, { style: "contract", log }));
  return await closedOnFailure(threads, () => {
    const handlers: Record<string, (input: unknown, call: Call) => unknown> = {};
    for (const [name, { shape }] of threads.methods) {
      const method = contract.methods[name];
      if (!method) continue; // the module may have functions of its own
      const streams = method.stream !== undefined;
      if (shape === "server-stream" && !streams) {
        throw new SkylarkError(
          "invalid_argument",
          `${contract.name}.${name} answers once by its contract, but its function is a generator`,
        );
      }
      handlers[name] = streams
        ? (input, call) => threads.open(call, [input])
        : (input, call) => threads.run(call, [input]);
    }
    const { name, version, methods } = contractService(contract, handlers as Handlers<MethodContracts>);
    return { name, version, methods: new Map([...methods].map(([method, each]) => [method, beginsLater(each)])) };
  });
}

function beginsLater(method: Method): Method {
  return method.shape === "stream" ? method : { ...method, begins: "when-it-says" };
}

async function closedOnFailure(threads: ServiceThreads, service: () => Service): Promise<Service> {
  try {
    return { ...service(), close: () => threads.close() };
  } catch (thrown) {
    await threads.close();
    throw thrown;
  }
}
