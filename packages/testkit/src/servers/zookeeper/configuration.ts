export interface MemberPorts {
  readonly client: number;
  readonly secure: number;
  readonly peer: number;
  readonly election: number;
}

/** Paths of PEM files, as the server wants them. */
export interface ServerCertificates {
  /** The key, then the certificate. */
  readonly keyAndCertFile: string;
  readonly caFile: string;
}

export interface MemberConfiguration {
  readonly dataFolder: string;
  readonly tickMs: number;
  readonly ports: MemberPorts;
  /** Of all members, the first one's number being 1. */
  readonly ensemble: readonly MemberPorts[];
  readonly certificates: ServerCertificates | undefined;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

/** The text of `zoo.cfg`. Keys that the server does not know become system properties below `zookeeper.`. */
export function configurationText(member: MemberConfiguration): string {
  const { dataFolder, tickMs, ports, ensemble, certificates, properties } = member;
  const settings: Record<string, string | number | boolean> = {
    dataDir: dataFolder,
    tickTime: tickMs,
    clientPort: ports.client,
    clientPortAddress: "127.0.0.1",
    initLimit: 40, // ticks a follower may take to catch up: machines that test are busy
    syncLimit: 6, // ticks until leader and followers give each other up
    maxSessionTimeout: 120_000,
    maxClientCnxns: 0, // all clients of a test have one address
    "4lw.commands.whitelist": "*",
    "admin.enableServer": false,
    extendedTypesEnabled: true, // nodes with a time to live
    forceSync: "no", // a killed process loses nothing the kernel has; nobody cuts the power of a test
    preAllocSize: 1024,
    ...(certificates && secureSettings(ports.secure, certificates)),
    ...properties,
  };
  if (ensemble.length > 1) {
    for (const [index, { peer, election }] of ensemble.entries()) {
      settings[`server.${index + 1}`] = `127.0.0.1:${peer}:${election}`;
    }
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

function secureSettings(port: number, { caFile, keyAndCertFile }: ServerCertificates): Record<string, string | number> {
  return {
    secureClientPort: port,
    secureClientPortAddress: "127.0.0.1",
    serverCnxnFactory: "org.apache.zookeeper.server.NettyServerCnxnFactory",
    "ssl.keyStore.location": keyAndCertFile,
    "ssl.keyStore.type": "PEM",
    "ssl.trustStore.location": caFile,
    "ssl.trustStore.type": "PEM",
    "ssl.clientAuth": "need",
    "authProvider.x509": "org.apache.zookeeper.server.auth.X509AuthenticationProvider",
  };
}
