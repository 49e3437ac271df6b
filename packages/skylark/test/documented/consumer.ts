import { connect } from "skylark";

const grading = await connect<typeof import("./grading.js")>("grading", { version: "1", timeoutMs: 2000 });

await grading.addGrade(1, 90);
export const everybody = await grading.with({ timeoutMs: 500, region: "any" }).students();
