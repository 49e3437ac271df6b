import { credentials, loadPackageDefinition, Server, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import type { Contender, Echo } from "../contender.js";

/** gRPC as Node programs use it: HTTP/2, protobuf, client and server with their default settings, no TLS. */
export const grpcJs: Contender = {
  packages: ["@grpc/grpc-js", "@grpc/proto-loader"],
  serve() {
    const server = new Server();
    server.addService(Bench.service, {
      echo: (call: { request: Echo }, reply: (error: null, value: Echo) => void) => reply(null, call.request),
    });
    return new Promise((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve({ address: `127.0.0.1:${port}` });
      });
    });
  },
  async connect(address) {
    const client = new Bench(address, credentials.createInsecure()) as unknown as EchoStub;
    return {
      echo: (value) =>
        new Promise((resolve, reject) => {
          client.echo(value, (error, answer) => (error ? reject(error) : resolve(answer)));
        }),
      async close() {
        client.close();
      },
    };
  },
};

interface EchoStub {
  echo(value: Echo, reply: (error: ServiceError | null, answer: Echo) => void): void;
  close(): void;
}

/** The contents of a .proto file, in the form that needs no file. */
const definition = fromJSON({
  nested: {
    Echo: {
      fields: {
        id: { type: "uint32", id: 1 },
        name: { type: "string", id: 2 },
        tags: { rule: "repeated", type: "string", id: 3 },
        score: { type: "double", id: 4 },
      },
    },
    Bench: { methods: { echo: { requestType: "Echo", responseType: "Echo", comment: "" } } },
  },
});

const Bench = serviceNamed("Bench");

function serviceNamed(name: string) {
  const found = loadPackageDefinition(definition)[name];
  if (typeof found !== "function") throw new Error(`the definition has no service ${name}`);
  return found;
}
