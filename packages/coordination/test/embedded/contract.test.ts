import { coordinationContract, openEmbeddedFixture } from "@skylark/testkit";

coordinationContract("embedded", openEmbeddedFixture);
