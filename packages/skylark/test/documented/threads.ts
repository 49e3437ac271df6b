import { connect, serve } from "skylark";

await serve("hashing", { worker: new URL("./hash.js", import.meta.url), threads: 2 }, { version: "1" });

const hashing = await connect<typeof import("./hash.js")>("hashing", { timeoutMs: Number.POSITIVE_INFINITY });
export const hash = await hashing.stretched("secret", 2000);
