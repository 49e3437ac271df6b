import { call, connect, detached, serve } from "skylark";

const seen: string[] = [];

const archive = {
  store: async (text: string): Promise<number> => {
    const { caller, metadata, signal, remainingMs } = call();
    signal.throwIfAborted();
    void detached(() => index(text)); // goes on, whatever becomes of the call
    seen.push(`${caller.name} as ${metadata["user"]}, ${remainingMs > 0 ? "in time" : "too late"}`);
    return text.length;
  },
};

async function index(text: string): Promise<void> {
  seen.push(`indexed ${text}`);
}

await serve("archive", archive);
const client = await connect<typeof archive>("archive");
export const length = await client.with({ metadata: { user: "ada" } }).store("notes");
export { seen };
