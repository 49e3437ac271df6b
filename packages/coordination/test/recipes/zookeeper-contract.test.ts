import { openZooKeeperFixture, recipesContract } from "@skylark/testkit";

recipesContract("ZooKeeper, three members", () => openZooKeeperFixture(3));
