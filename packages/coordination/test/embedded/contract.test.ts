import { coordinationContract } from "@skylark/testkit";
import { openEmbedded } from "./fixture.js";

coordinationContract("embedded", openEmbedded);
