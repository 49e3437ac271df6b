import { errorCodes } from "@skylark/core";
import type { Method, Service } from "@skylark/rpc/internal";
import { jsonSchemaOf } from "../contract/contract-schema.js";
import { answersNothing, takesNothing } from "../contract/contract-service.js";

type Description = Readonly<Record<string, unknown>>;
type RequestedMethod = Exclude<Method, { readonly shape: "stream" }>;

/**
 * What a process serves by HTTP, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0). Its schemas are those of contracts; what has
 * none, or one that cannot be written down, is described as anything. Streams in both directions cannot be had by HTTP.
 */
export function openApiOf(name: string, offered: readonly Service[]): Description {
  const services = offered.filter((service) => !service.name.startsWith("skylark."));
  return {
    openapi: "3.1.0",
    info: {
      title: name,
      version: services.map((service) => `${service.name} ${service.version}`).join(", ") || "none",
    },
    servers: [{ url: "/" }],
    tags: services.map((service) => ({ name: service.name, description: `Version ${service.version}.` })),
    paths: Object.fromEntries(services.flatMap(pathsOf)),
    components: { schemas: { Error: errorSchema }, responses: { Error: errorResponse } },
  };
}

function pathsOf(service: Service): (readonly [path: string, operations: Description])[] {
  return [...service.methods].flatMap(([name, method]) => {
    if (method.shape === "stream") return [];
    const fullName = `${service.name}.${name}`;
    const common = {
      tags: [service.name],
      ...(method.description !== undefined && { description: method.description }),
      responses: { ...resultOf(fullName, method), default: { $ref: "#/components/responses/Error" } },
    };
    const post = { operationId: fullName, ...common, ...bodyOf(fullName, method) };
    const get = { operationId: `${fullName}.get`, ...common, ...queryOf(fullName, method) };
    const path = `/${encodeURIComponent(service.name)}/${encodeURIComponent(name)}`;
    return [[path, { post, ...(method.readOnly && { get }) }]];
  });
}

function bodyOf(fullName: string, { input }: RequestedMethod): Description {
  if (takesNothing(input)) return {};
  if (input === undefined) {
    const schema = { type: "array", items: {}, description: "Its arguments, in their order." };
    return { requestBody: { content: { "application/json": { schema } } } };
  }
  const schema = schemaFor(`${fullName}.input`, jsonSchemaOf(input, "input"));
  return { requestBody: { content: { "application/json": { schema } } } };
}

/** The names of an object, where it is one by itself; anything else goes as JSON under `input`. */
function queryOf(fullName: string, { input }: RequestedMethod): Description {
  if (takesNothing(input)) return {};
  const schema = schemaFor(`${fullName}.input`, jsonSchemaOf(input, "input"));
  const { properties, required = [] } = schema as {
    readonly properties?: Description;
    readonly required?: readonly string[];
  };
  if (!properties || "$id" in schema) {
    return { parameters: [{ name: "input", in: "query", content: { "application/json": { schema } } }] };
  }
  const parameters = Object.entries(properties).map(([name, each]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: each,
  }));
  return { parameters };
}

function resultOf(fullName: string, method: RequestedMethod): Description {
  const nothing = { "204": { description: "It was done, and answers nothing." } };
  if (method.shape === "server-stream") {
    const schema = schemaFor(`${fullName}.message`, jsonSchemaOf(method.message, "output"));
    const content = { "application/x-ndjson": { schema }, "text/event-stream": { schema } };
    return { "200": { description: "Messages, each by this schema.", content } };
  }
  if (answersNothing(method.output)) return nothing;
  const schema = schemaFor(`${fullName}.output`, jsonSchemaOf(method.output, "output"));
  const result = { "200": { description: "The result.", content: { "application/json": { schema } } } };
  return method.output === undefined ? { ...result, ...nothing } : result;
}

/** A schema that refers to parts of itself gets an id: else it would mean parts of the whole document. */
function schemaFor(id: string, schema: unknown): Description {
  const { $schema: _, ...described } = (schema ?? {}) as Description;
  return JSON.stringify(described).includes('"$ref"') ? { $id: id, ...described } : described;
}

const errorSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { enum: Object.keys(errorCodes) },
        message: { type: "string" },
        reason: { type: "string" },
        details: {},
      },
    },
  },
};

const errorResponse = {
  description: "What went wrong; the status says the same as the code.",
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
};
