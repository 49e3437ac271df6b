import { errorCodes } from "@skylark/core";
import { methodsOf, type Service } from "@skylark/rpc/internal";
import { defineService, serve } from "skylark";
import { expect, it } from "vitest";
import { z } from "zod";
import { openApiOf } from "../src/application/openapi.js";
import { contractService } from "../src/contract/contract-service.js";
import { World } from "./world.js";

interface Operation {
  readonly operationId: string;
  readonly requestBody?: unknown;
  readonly parameters?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

const Tree = z.object({
  value: z.string(),
  get children() {
    return z.array(Tree);
  },
});

const Grading = defineService("grading", {
  version: "1.2.0",
  methods: {
    students: {
      input: z.object({ name: z.string(), limit: z.coerce.number().optional() }),
      output: z.array(z.string()),
      idempotent: true,
      http: "GET",
      description: "All students, by name.",
    },
    one: { input: z.number(), output: z.date(), idempotent: true, http: "GET" },
    watch: { stream: z.object({ points: z.number() }), idempotent: true, http: "GET" },
    plant: { input: Tree, output: Tree },
    ring: {},
  },
});

const services: Service[] = [
  contractService(Grading, {
    students: () => ["Ada"],
    one: () => new Date(0),
    async *watch() {
      yield { points: 1 };
    },
    plant: (tree) => tree,
    ring: () => {},
  }),
  { name: "sums", version: "0.0.0", methods: methodsOf({ add: async () => 1 }) },
  { name: "skylark.instance", version: "1", methods: methodsOf({ heartbeat: async () => "alive" }) },
];

// what travels is what counts: fields that are undefined do not
const described = JSON.parse(JSON.stringify(openApiOf("campus", services))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<"get" | "post", Operation>>>>;
};
const { paths } = described;

it("HTTP-API-1 names every method that can be called by HTTP, and says what all have in common", () => {
  expect(described).toMatchObject({
    openapi: "3.1.0",
    info: { title: "campus", version: "grading 1.2.0, sums 0.0.0" },
    tags: [{ name: "grading" }, { name: "sums" }],
    components: { schemas: { Error: { properties: { error: { required: ["code", "message"] } } } } },
  });
  const operations = Object.entries(paths).map(([path, each]) => `${path} ${Object.keys(each).join(" ")}`);
  expect(operations).toEqual([
    "/grading/students post get",
    "/grading/one post get",
    "/grading/watch post get",
    "/grading/plant post",
    "/grading/ring post",
    "/sums/add post",
  ]);
  const ids = Object.values(paths).flatMap((each) => Object.values(each).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(9);
  expect(JSON.stringify(described)).toContain(JSON.stringify({ enum: Object.keys(errorCodes) }));
});

it("HTTP-API-2 has the schemas of contracts, and lists for what has none", () => {
  const students = paths["/grading/students"];
  expect(students?.post).toMatchObject({
    description: "All students, by name.",
    requestBody: { content: { "application/json": { schema: { type: "object", required: ["name"] } } } },
    responses: {
      "200": { content: { "application/json": { schema: { type: "array", items: { type: "string" } } } } },
      default: { $ref: "#/components/responses/Error" },
    },
  });
  expect(students?.get.parameters).toMatchObject([
    { name: "name", in: "query", required: true, schema: { type: "string" } },
    { name: "limit", in: "query", required: false },
  ]);
  expect(students?.get).not.toHaveProperty("requestBody");
  expect(paths["/grading/one"]?.get.parameters).toMatchObject([{ name: "input", content: { "application/json": {} } }]);
  expect(paths["/grading/one"]?.get.responses["200"]).toMatchObject({
    content: { "application/json": { schema: {} } },
  });
  const message = { schema: { properties: { points: { type: "number" } } } };
  expect(paths["/grading/watch"]?.get.responses["200"]).toMatchObject({
    content: { "application/x-ndjson": message, "text/event-stream": message },
  });
  expect(Object.keys(paths["/grading/ring"]?.post.responses ?? {})).toEqual(["204", "default"]);
  expect(paths["/grading/ring"]?.post).not.toHaveProperty("requestBody");
  expect(paths["/sums/add"]?.post).toMatchObject({
    requestBody: { content: { "application/json": { schema: { type: "array" } } } },
    responses: { "200": {}, "204": {} },
  });
});

it("HTTP-API-2 gives an id to schemas that refer to themselves", () => {
  const refersWithoutId = (schema: unknown): boolean =>
    JSON.stringify(schema).replaceAll('"$ref":"#/components/', "").includes('"$ref"') &&
    !JSON.stringify(schema).includes('"$id"');
  for (const [path, operations] of Object.entries(paths)) expect(refersWithoutId(operations), path).toBe(false);
  expect(JSON.stringify(paths["/grading/plant"])).toContain('"$id":"grading.plant.input"');
});

it("HTTP-API-1 is told by the port, and each path that it names is one", async () => {
  const world = new World();
  const application = world.application({ name: "campus" });
  await serve("sums", { "add up": async () => 1 }, { application });
  const answer = await fetch(`${application.url}/openapi.json`);
  expect(answer.headers.get("content-type")).toBe("application/json");
  const told = (await answer.json()) as typeof described;
  for (const path of Object.keys(told.paths)) {
    expect((await fetch(`${application.url}${path}`, { method: "POST" })).status, path).toBe(200);
  }
  expect(Object.keys(told.paths)).toEqual(["/sums/add%20up"]);
  expect((await fetch(`${application.url}/openapi.json`, { method: "DELETE" })).status).toBe(405);
  expect((await fetch(`${application.url}/openapi.json`, { headers: { origin: "https://evil.example" } })).status).toBe(
    403,
  );
});
