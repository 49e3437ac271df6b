import { serve } from "skylark";
import * as ledger from "./ledger.js";

await serve("ledger", ledger);
process.stdout.write("the ledger is open\n");
