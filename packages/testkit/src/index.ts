export type { CoordinationFixture } from "./contracts/coordination/fixture.js";
export { coordinationContract } from "./contracts/coordination-contract.js";
export { type TransportFixture, transportContract } from "./contracts/transport-contract.js";
