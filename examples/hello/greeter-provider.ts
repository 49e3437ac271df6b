import { serve } from "skylark";
import * as greeter from "./greeter.js";

await serve("greeter", greeter);
