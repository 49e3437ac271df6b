import { openEtcdFixture, recipesContract } from "@skylark/testkit";

recipesContract("etcd, three members", () => openEtcdFixture(3));
