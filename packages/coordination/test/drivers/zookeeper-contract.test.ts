import { coordinationContract } from "@skylark/testkit";
import { vi } from "vitest";
import { zooKeeperFixture } from "./zookeeper-stage.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 }); // virtual machines start slowly where others run as well

coordinationContract("ZooKeeper, one member", () => zooKeeperFixture(1));
coordinationContract("ZooKeeper, three members", () => zooKeeperFixture(3));
