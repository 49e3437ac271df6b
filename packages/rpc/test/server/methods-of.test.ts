import { isPublicName, methodsOf } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";
import * as grading from "../support/grading.js";

const names = (implementation: object): string[] => [...methodsOf(implementation).keys()].toSorted();

describe("methodsOf", () => {
  it("RPC-1.1 RPC-1.2 takes the functions of a module, and no constant, class or private one", () => {
    const { addGrade, students, _internal, version, Grade } = grading;
    expect([addGrade, students, _internal, Grade].every((each) => typeof each === "function")).toBe(true);
    expect(version).toBe(3);
    expect(names(grading)).toEqual(["addGrade", "students"]);
  });

  it("RPC-1.1 takes those of modules as compilers write them", () => {
    const compiled = Object.defineProperties(
      {},
      { __esModule: { value: true }, students: { enumerable: true, get: () => grading.students } },
    );
    expect(names(compiled)).toEqual(["students"]);
    expect(names(Object.assign(Object.create(null) as object, { a: async () => 1 }))).toEqual(["a"]);
  });

  it("RPC-1.1 takes those of an instance, its class and the classes above it, the nearest first", async () => {
    class Animal {
      async name(): Promise<string> {
        return "animal";
      }
      async legs(): Promise<number> {
        return 4;
      }
    }
    class Bird extends Animal {
      readonly field = async (): Promise<string> => "field";
      override async legs(): Promise<number> {
        return 2;
      }
    }
    const methods = methodsOf(new Bird());
    expect([...methods.keys()].toSorted()).toEqual(["field", "legs", "name"]);
    const legs = methods.get("legs");
    expect(legs?.shape === "unary" && (await legs.run({} as never, []))).toBe(2);
  });

  it("RPC-1.2 never takes then, constructor, toJSON, what begins with _, what Object or Function gives", () => {
    const everything = {
      // oxlint-disable-next-line unicorn/no-thenable -- exactly what must not be offered
      then: () => 1,
      toJSON: () => ({}),
      _private: () => 1,
      __dirname: () => 1,
      [Symbol("hidden")]: () => 1,
      public: () => 1,
    };
    expect(names(everything)).toEqual(["public"]);
    class Factory {
      readonly made = 1;
      static async create(): Promise<Factory> {
        return new Factory();
      }
    }
    expect(names(Factory)).toEqual(["create"]);
    for (const name of ["then", "constructor", "toJSON", "_", "__proto__"]) expect(isPublicName(name)).toBe(false);
  });

  it("RPC-1.2 asks no getter, and takes nothing that a property nearer by hides", () => {
    let asked = 0;
    class Above {
      async hidden(): Promise<number> {
        return 1;
      }
      async open(): Promise<number> {
        return 1;
      }
    }
    class Below extends Above {
      get secret(): () => number {
        asked++;
        return () => 1;
      }
    }
    const instance = Object.assign(new Below(), { hidden: 5 });
    expect(names(instance)).toEqual(["open"]);
    expect(asked).toBe(0);
  });

  it("refuses what has nothing to offer", () => {
    for (const nothing of [{}, { _a: () => 1 }, { a: 1 }, Object.create(null) as object]) {
      expect(() => methodsOf(nothing)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    }
  });
});
