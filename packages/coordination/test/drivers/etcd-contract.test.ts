import { coordinationContract, openEtcdFixture } from "@skylark/testkit";

coordinationContract("etcd, one member", () => openEtcdFixture(1));
coordinationContract("etcd, three members", () => openEtcdFixture(3));
