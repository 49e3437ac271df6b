import { methodNotAllowed, sendJson } from "@skylark/http";
import { Application } from "skylark";

const portal = new Application({ name: "portal" });
portal.mount("/students", async (request, response) => {
  if (request.method !== "GET") throw methodNotAllowed("/students", request.method, ["GET"]);
  sendJson(response, 200, [{ id: 1, name: "Ada" }]);
});
await portal.listen();

const answer = await fetch(`${portal.url}/students`);

export const students: unknown = await answer.json();
const refused = await fetch(`${portal.url}/students`, { method: "DELETE" });
export const refusal = { status: refused.status, body: await refused.json() };
await portal.close();
