import { type Balancer, connect } from "skylark";

/** Always the same one, as long as it is connected. */
const steady: Balancer = {
  name: "steady",
  picker: (candidates) => ({
    pick: ({ avoid }) => candidates.find(({ id, ready }) => ready && !avoid?.has(id)) ?? candidates[0],
  }),
};

const grading = await connect<typeof import("./grading.js")>("grading", { balancer: steady });
export const steadily = await grading.students();
