import { type DrainReceipt, serve } from "skylark";

const steps: string[] = [];

const desk = await serve(
  "desk",
  { open: async () => true },
  {
    register: false,
    lifecycle: {
      started: (address) => void steps.push(`listens on ${new URL(address).protocol}`),
      registered: () => void steps.push("callers choose it"),
      unregistered: () => void steps.push("callers choose others"),
      stopped: ({ finished }: DrainReceipt) => void steps.push(`has left; ${finished} calls finished meanwhile`),
    },
  },
);

await desk.register(); // into rotation, now that the caches are warm
await desk.unregister(); // out of it: it runs on, and answers who calls it all the same
await desk.register();
export const receipt = await desk.stop(); // without losing a call; desk.stopped() resolves too
export { steps };
