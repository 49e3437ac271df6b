import { coordinationContract, openZooKeeperFixture } from "@skylark/testkit";

coordinationContract("ZooKeeper, one member", () => openZooKeeperFixture(1));
coordinationContract("ZooKeeper, three members", () => openZooKeeperFixture(3));
