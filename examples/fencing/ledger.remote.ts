import { remote } from "skylark";

export const { append, lines } = remote<typeof import("./ledger.js")>("ledger");
