import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files with PEM text: an authority of the test's own, and certificates it signed for a server and a client. */
export interface Certificates {
  readonly caFile: string;
  readonly serverCertFile: string;
  readonly serverKeyFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
}

/** Makes them with openssl, valid for a day, the server's for 127.0.0.1, ::1 and localhost. `client` is the client's name. */
export function makeCertificates(folder: string, client = "client"): Certificates {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = (name: string) => ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name];
  openssl("req", "-x509", ...newKey("ca.key"), "-out", "ca.pem", "-days", "1", "-subj", "/CN=test authority");
  writeFileSync(
    file("server.ext"),
    "subjectAltName=IP:127.0.0.1,IP:0:0:0:0:0:0:0:1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n",
  );
  writeFileSync(file("client.ext"), "extendedKeyUsage=clientAuth\n");
  for (const [name, subject] of [
    ["server", "localhost"],
    ["client", client],
  ]) {
    openssl("req", "-new", ...newKey(`${name}.key`), "-out", `${name}.csr`, "-subj", `/CN=${subject}`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", `${name}.ext`];
    openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...signed);
  }
  return {
    caFile: file("ca.pem"),
    serverCertFile: file("server.pem"),
    serverKeyFile: file("server.key"),
    clientCertFile: file("client.pem"),
    clientKeyFile: file("client.key"),
  };
}

/** The text of what a client needs. */
export function clientTls({ caFile, clientCertFile, clientKeyFile }: Certificates): {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
} {
  const text = (file: string) => readFileSync(file, "utf8");
  return { ca: text(caFile), cert: text(clientCertFile), key: text(clientKeyFile) };
}
