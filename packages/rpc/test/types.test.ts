import type { NotRemote, Remote, RemoteCall, RemoteFunctions, ServerStream, TypedClient } from "@skylark/rpc";
import { describe, expectTypeOf, it } from "vitest";
import type { Grading, Student } from "./support/grading.js";

class Counter {
  readonly name = "counter";
  #count = 0;

  async add(by: number): Promise<number> {
    this.#count += by;
    return this.#count;
  }

  peek(): number {
    return this.#count;
  }
}

describe("the types of a client", () => {
  it("RPC-1.5 have the functions of a module, arguments and results inferred", () => {
    expectTypeOf<RemoteFunctions<Grading>["students"]>().toEqualTypeOf<RemoteCall<[], readonly Student[]>>();
    expectTypeOf<RemoteFunctions<Grading>["students"]>().toExtend<() => Promise<readonly Student[]>>();
    expectTypeOf<RemoteFunctions<Grading>["addGrade"]>().parameters.toEqualTypeOf<
      [id: number, grade: { subject: string; points: number }]
    >();
    expectTypeOf<RemoteFunctions<Grading>>().not.toHaveProperty("version");
    expectTypeOf<RemoteFunctions<Grading>>().not.toHaveProperty("remove");
  });

  it("RPC-1.5 refuse wrong arguments and what is no function", () => {
    const compiled = (grading: TypedClient<Grading>): void => {
      // @ts-expect-error -- a number is wanted
      void grading.addGrade("7", { subject: "physics", points: 13 });
      // @ts-expect-error -- a constant is no function
      void grading.version;
    };
    expectTypeOf(compiled).toBeFunction();
  });

  it("RPC-2.3 make a synchronous function an error, whose type says why", () => {
    type Reason = NotRemote<"a synchronous function cannot be remote: make it async">;
    expectTypeOf<Remote<() => number>>().toEqualTypeOf<Reason>();
    expectTypeOf<Remote<(id: number) => string | Promise<string>>>().toEqualTypeOf<Reason>();
    expectTypeOf<RemoteFunctions<Counter>["peek"]>().toEqualTypeOf<Reason>();
    const compiled = (counter: TypedClient<Counter>): void => {
      void counter.add(1);
      // @ts-expect-error -- a synchronous function cannot be remote
      counter.peek();
    };
    expectTypeOf(compiled).toBeFunction();
  });

  it("RPC-1.5 keep variadic and optional arguments", () => {
    type Count = (first: number, second?: string, ...rest: readonly boolean[]) => Promise<void>;
    expectTypeOf<Remote<Count>>().toEqualTypeOf<
      RemoteCall<[first: number, second?: string, ...rest: readonly boolean[]], void>
    >();
  });

  it("RPC-4.2 let a function that answers once be called one way, with its own arguments", () => {
    expectTypeOf<RemoteFunctions<Grading>["addGrade"]["oneWay"]>().toEqualTypeOf<
      (id: number, grade: { subject: string; points: number }) => Promise<void>
    >();
    expectTypeOf<Remote<(id: number) => AsyncIterable<string>>>().not.toHaveProperty("oneWay");
    const compiled = (grading: TypedClient<Grading>): void => {
      // @ts-expect-error -- a number is wanted
      void grading.addGrade.oneWay("7", { subject: "physics", points: 13 });
    };
    expectTypeOf(compiled).toBeFunction();
  });

  it("RPC-1.5 make a server stream of an async generator, and of whatever else answers with an async iterable", () => {
    async function* watch(id: number, from?: string): AsyncGenerator<{ points: number }, string, boolean> {
      for (const points of [id]) yield { points };
      return from ?? "";
    }
    type Watched = (id: number, from?: string) => ServerStream<{ points: number }>;
    expectTypeOf<Remote<typeof watch>>().toEqualTypeOf<Watched>();
    expectTypeOf<Remote<(id: number) => AsyncIterable<string>>>().toEqualTypeOf<(id: number) => ServerStream<string>>();
    expectTypeOf<Remote<() => Generator<string>>>().toExtend<NotRemote<string>>();
    expectTypeOf<ServerStream<string>>().toExtend<AsyncIterable<string>>();
    const compiled = async (client: TypedClient<{ watch: typeof watch }>): Promise<void> => {
      for await (const { points } of client.with({ timeoutMs: 5 }).watch(3))
        expectTypeOf(points).toEqualTypeOf<number>();
      // @ts-expect-error -- a number is wanted
      client.watch("3");
      await using left = client.watch(3);
      expectTypeOf(await left.return()).toEqualTypeOf<IteratorResult<{ points: number }, undefined>>();
    };
    expectTypeOf(compiled).toBeFunction();
  });

  it("offer the same functions under options", () => {
    expectTypeOf<TypedClient<Grading>["with"]>().returns.toEqualTypeOf<RemoteFunctions<Grading>>();
    expectTypeOf<Parameters<TypedClient<Grading>["with"]>[0]["timeoutMs"]>().toEqualTypeOf<number | undefined>();
  });
});
