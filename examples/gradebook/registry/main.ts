import { openRegistry } from "@skylark/registry";
import { startPart } from "../part.js";

await startPart({ name: "registry", port: { number: 3000, setting: "REGISTRY_PORT" } }, async ({ application }) => {
  const registry = await openRegistry({ application });
  return { close: () => registry.close() };
});
