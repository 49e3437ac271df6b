import { openZooKeeperFixture, recipesContract } from "@skylark/testkit";
import { vi } from "vitest";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 }); // virtual machines start slowly where others run as well

recipesContract("ZooKeeper, three members", () => openZooKeeperFixture(3));
