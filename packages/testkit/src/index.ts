export type { CoordinationFixture } from "./contracts/coordination/fixture.js";
export { coordinationContract } from "./contracts/coordination-contract.js";
export type { TransportFixture } from "./contracts/transport/fixture.js";
export { transportContract } from "./contracts/transport-contract.js";
export { type Action, historyLimits, type Operation, type Outcome } from "./linearizability/history.js";
export { type Finding, judge } from "./linearizability/judge.js";
export { type Certificates, clientTls, makeCertificates } from "./servers/certificates.js";
export { type EtcdMember, type EtcdOptions, type EtcdServers, startEtcd } from "./servers/etcd.js";
export { freePorts, removeFolder, serverFolder } from "./servers/server-process.js";
