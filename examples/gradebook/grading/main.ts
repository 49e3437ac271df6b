import { serve } from "skylark";
import { startPart } from "../part.js";
import { Grading } from "./contract.js";
import { GradebookStore } from "./gradebook-store.js";
import { gradingService } from "./grading-service.js";

await startPart("grading", async (application) => {
  const store = await GradebookStore.open(await application.coordination());
  const { address } = await serve(Grading, gradingService(store), { application });
  return { address };
});
