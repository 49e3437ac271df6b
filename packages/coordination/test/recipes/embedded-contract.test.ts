import { recipesContract } from "@skylark/testkit";
import { vi } from "vitest";
import { openEmbedded } from "../embedded/fixture.js";

vi.setConfig({ testTimeout: 60_000 }); // threads and disks of a machine that does other things as well

recipesContract("embedded", openEmbedded);
