import { application, remote, serve } from "skylark";

/** A provider as an application writes it, and what a test wants to know of it: told, and asked, by messages. */

let release: () => void = () => {};
const released = new Promise<string>((resolve) => {
  release = () => resolve("finished in order");
});

const desk = {
  greet: async (name: string) => `Hello, ${name}, from process ${process.pid}`,
  /** Runs until the test says otherwise. */
  hold: () => {
    process.send?.({ event: "holding" });
    return released;
  },
};

/** Whom it would call: never does, so that nothing comes of it. */
export const { note } = remote<{ note(text: string): Promise<void> }>("log");

const served = await serve("desk", desk, {
  lifecycle: {
    unregistered: () => void process.send?.({ event: "unregistered" }),
    stopped: () => void process.send?.({ event: "stopped" }),
  },
});

process.on("message", (command) => {
  if (command === "release") release();
  // the channel to the test is then the last thing that keeps this process
  if (command === "close")
    void application()
      .close()
      .then(() => process.disconnect());
});
process.send?.({ event: "serving", address: served.address, instance: served.instance });
