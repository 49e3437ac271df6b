import {
  type Call,
  type Client,
  connect,
  defineService,
  type Handlers,
  type RemoteCall,
  remote,
  type ServerStream,
  type ServiceCallOptions,
} from "skylark";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type * as gradebook from "./business/gradebook.js";

// the compiler is the judge here: what these functions do is not run

const Counting = defineService("counting", {
  version: "1",
  methods: {
    add: { input: z.object({ by: z.string().transform(Number), times: z.number().default(1) }), output: z.number() },
    total: { output: z.string().transform(Number), idempotent: true },
    reset: { input: z.boolean().optional() },
    ring: {},
    watch: { input: z.string().transform(Number), stream: z.number().transform(String) },
    follow: { stream: z.boolean(), idempotent: true },
  },
});

type Counter = Awaited<ReturnType<typeof connectCounting>>;

function connectCounting() {
  return connect(Counting);
}

describe("the types of a client", () => {
  it("RPC-1.5 are those of the module, object or class it stands for", () => {
    type Gradebook = Awaited<ReturnType<typeof connectGradebook>>;
    const connectGradebook = () => connect<typeof gradebook>("gradebook");
    expectTypeOf<Gradebook["byId"]>().toEqualTypeOf<RemoteCall<[id: number], gradebook.Student | undefined>>();
    expectTypeOf<Parameters<Gradebook["rename"]>>().toEqualTypeOf<Parameters<typeof gradebook.rename>>();
    expectTypeOf<Gradebook["forget"]>().returns.resolves.toEqualTypeOf<void>();
    expectTypeOf<Gradebook>().not.toHaveProperty("passMark");
    expectTypeOf<Parameters<Gradebook["with"]>>().toEqualTypeOf<[options: ServiceCallOptions]>();
    expectTypeOf<ReturnType<Gradebook["with"]>["all"]>().toEqualTypeOf<RemoteCall<[], gradebook.Student[]>>();
  });

  it("RPC-2.3 refuse a synchronous function, and say why", () => {
    const functions = () => remote<{ now(): number; later(): Promise<number> }>("clock");
    type Functions = ReturnType<typeof functions>;
    expectTypeOf<Functions["later"]>().toEqualTypeOf<RemoteCall<[], number>>();
    expectTypeOf<Functions["now"]>().toHaveProperty("cannotBeCalled");
    expectTypeOf<
      Functions["now"]["cannotBeCalled"]
    >().toEqualTypeOf<"a synchronous function cannot be remote: make it async">();
    expectTypeOf<Functions["now"]>().not.toBeFunction();
  });

  it("RPC-1.5 are inferred from a contract: what goes in before its schema, what comes out after it", () => {
    expectTypeOf<Counter["add"]>().toEqualTypeOf<
      RemoteCall<[input: { by: string; times?: number | undefined }], number>
    >();
    expectTypeOf<Counter["total"]>().toEqualTypeOf<RemoteCall<[], number>>();
    expectTypeOf<Counter["ring"]>().toEqualTypeOf<RemoteCall<[], void>>();
    expectTypeOf<Counter["reset"]>().toEqualTypeOf<RemoteCall<[input?: boolean], void>>();
    expectTypeOf<Counter>().toExtend<Client<{ ring(): Promise<void> }>>();
  });

  it("RPC-1.5 RPC-4.1 have a stream where the contract has one, or the module an async generator", () => {
    expectTypeOf<Counter["watch"]>().toEqualTypeOf<(input: string) => ServerStream<string>>();
    expectTypeOf<Counter["follow"]>().toEqualTypeOf<() => ServerStream<boolean>>();
    expectTypeOf<ReturnType<Counter["with"]>["follow"]>().toEqualTypeOf<() => ServerStream<boolean>>();
    const functions = () => remote<{ ticks(from: number): AsyncGenerator<Date> }>("clock");
    expectTypeOf<ReturnType<typeof functions>["ticks"]>().toEqualTypeOf<(from: number) => ServerStream<Date>>();
    const refused = () =>
      // @ts-expect-error -- an output and a stream
      defineService("both", { version: "1", methods: { watch: { output: z.number(), stream: z.number() } } });
    expectTypeOf(refused).toBeFunction();
  });
});

describe("the types of handlers", () => {
  it("RPC-1.5 are inferred from the contract: what comes in after its schema, what goes out before it", () => {
    type Of = Handlers<typeof Counting.methods>;
    expectTypeOf<Parameters<Of["add"]>>().toEqualTypeOf<[input: { by: number; times: number }, call: Call]>();
    expectTypeOf<ReturnType<Of["add"]>>().toEqualTypeOf<number | Promise<number>>();
    expectTypeOf<ReturnType<Of["total"]>>().toEqualTypeOf<string | Promise<string>>();
    expectTypeOf<Parameters<Of["ring"]>[0]>().toEqualTypeOf<undefined>();
    expectTypeOf<ReturnType<Of["ring"]>>().toEqualTypeOf<void | Promise<void>>();
    expectTypeOf<() => Promise<{ secret: string }>>().not.toExtend<Of["ring"]>();
    expectTypeOf<Parameters<Of["watch"]>>().toEqualTypeOf<[input: number, call: Call]>();
    expectTypeOf<ReturnType<Of["watch"]>>().toEqualTypeOf<AsyncIterable<number>>();
    expectTypeOf<() => AsyncGenerator<boolean>>().toExtend<Of["follow"]>();
    expectTypeOf<() => Promise<boolean>>().not.toExtend<Of["follow"]>();
  });
});
