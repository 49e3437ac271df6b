import { coordinationContract, openZooKeeperFixture } from "@skylark/testkit";
import { vi } from "vitest";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 }); // virtual machines start slowly where others run as well

coordinationContract("ZooKeeper, one member", () => openZooKeeperFixture(1));
coordinationContract("ZooKeeper, three members", () => openZooKeeperFixture(3));
