import { recipesContract } from "@skylark/testkit";
import { openEmbedded } from "../embedded/fixture.js";

recipesContract("embedded", openEmbedded);
