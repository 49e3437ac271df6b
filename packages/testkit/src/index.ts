export type { CoordinationFixture } from "./contracts/coordination/fixture.js";
export { coordinationContract } from "./contracts/coordination-contract.js";
export type { TransportFixture } from "./contracts/transport/fixture.js";
export { transportContract } from "./contracts/transport-contract.js";
