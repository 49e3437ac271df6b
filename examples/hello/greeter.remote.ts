import { remote } from "skylark";

export const { greet } = remote<typeof import("./greeter.js")>("greeter");
