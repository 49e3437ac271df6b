import { openEmbeddedFixture, recipesContract } from "@skylark/testkit";

recipesContract("embedded", openEmbeddedFixture);
