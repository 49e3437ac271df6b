import { serve } from "skylark";
import { startPart } from "../part.js";
import { Grading } from "./open/contract.js";
import { gradingHandlers } from "./open/handlers.js";
import { gradingHttp } from "./open/http.js";
import { GradingService } from "./service/grading-service.js";
import { GradebookStore } from "./storage/gradebook-store.js";

const port = { number: 6000, setting: "GRADING_PORT" };

await startPart({ name: "grading", port }, async ({ application, log }) => {
  const store = await GradebookStore.open(await application.coordination());
  const service = new GradingService(store, { log });
  application.mount("/students", gradingHttp(service));
  await serve(Grading, gradingHandlers(service), { application, requires: ["log"] });
  return {};
});
