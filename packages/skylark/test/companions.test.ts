import { connect, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { World } from "./world.js";

describe("what accompanies an application", () => {
  it("hears what the framework says, of all levels, until it is taken away", () => {
    const application = new World().application();
    const heard: unknown[] = [];
    const leave = application.accompany({ heard: (...words) => heard.push(words) });
    application.log("debug", "one", { at: 1 });
    application.log("error", "two");
    leave();
    application.log("error", "three");
    expect(heard).toEqual([
      ["debug", "one", { at: 1 }],
      ["error", "two", undefined],
    ]);
  });

  it("ends when the services have left and calls still go out, once, and the application waits for it", async () => {
    const world = new World();
    const [application, other] = [world.application({ name: "leaving" }), world.application({ name: "other" })];
    await serve("echo", { echo: async (word: string) => word }, { application: other });
    const served = await serve("own", { one: async () => 1 }, { application });
    const echo = await connect<{ echo(word: string): Promise<string> }>("echo", { application, readyWithinMs: 30_000 });
    const ended: unknown[] = [];
    application.accompany({
      leaving: async () => {
        ended.push(served.status, await echo.echo("still there"));
      },
    });
    await application.close();
    await application.close();
    expect(ended).toEqual(["stopped", "still there"]);
  });

  it("is told of where it fails, and stops nobody else", async () => {
    const world = new World();
    const application = world.application();
    const ended: string[] = [];
    application.accompany({ leaving: () => Promise.reject(new Error("as the test wants it")) });
    application.accompany({ leaving: async () => void ended.push("the other") });
    await application.close();
    expect(ended).toEqual(["the other"]);
    expect(world.complaints("error")).toEqual(["what accompanies the application did not end in order"]);
  });
});
