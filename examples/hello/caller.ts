import { application, connect } from "skylark";
import type { Greeter } from "./provider.js";

const greeter = await connect<Greeter>("greeter");
console.log(await greeter.greet("world"));
await application().close();
