import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificates, makeCertificates } from "./certificates.js";
import { freePorts, removeFolder, serverFolder, untilReady } from "./server-process.js";
import type { MemberPorts, ServerCertificates } from "./zookeeper/configuration.js";
import { MemberEnded, ZooKeeperMember } from "./zookeeper/member.js";

export interface ZooKeeperOptions {
  /** Default: 1, which needs no majority. */
  readonly members?: number;
  /** The unit of all the server's times; a session lasts at least two of them. Default: 500 ms. */
  readonly tickMs?: number;
  /** Clients connect by TLS and show a certificate. Default: false. */
  readonly tls?: boolean;
  /** More lines for `zoo.cfg`; they win over ours. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

/** Times that ports are chosen anew because somebody else was faster. */
const startsMax = 5;
const leaderTimeoutMs = 60_000;

/**
 * Starts real ZooKeeper servers (Debian's package) on loopback, in a temporary folder, and resolves when all of them serve.
 * Whoever starts them closes them; they die with the process in any case.
 *
 * @example
 * await using ensemble = await startZooKeeper({ members: 3 });
 * await (await ensemble.leader()).kill();
 */
export async function startZooKeeper(options: ZooKeeperOptions = {}): Promise<ZooKeeperEnsemble> {
  for (let starts = 1; ; starts += 1) {
    const ensemble = await ZooKeeperEnsemble.prepare(options);
    try {
      await ensemble.start();
      return ensemble;
    } catch (error) {
      await ensemble.close();
      if (!(error instanceof MemberEnded) || starts === startsMax) throw error;
    }
  }
}

/** ZooKeeper wants a key and its certificate in one file. */
function forServer(folder: string, { caFile, serverCertFile, serverKeyFile }: Certificates): ServerCertificates {
  const keyAndCertFile = join(folder, "server-both.pem");
  const both = [serverKeyFile, serverCertFile].map((file) => readFileSync(file, "utf8")).join("");
  writeFileSync(keyAndCertFile, both, { mode: 0o600 });
  return { keyAndCertFile, caFile };
}

/** Servers that hold one tree together. */
export class ZooKeeperEnsemble implements AsyncDisposable {
  readonly members: readonly ZooKeeperMember[];
  /** Of the certificates that clients need; undefined without TLS. */
  readonly certificates: Certificates | undefined;
  readonly #folder: string;

  private constructor(folder: string, ports: readonly MemberPorts[], options: ZooKeeperOptions) {
    const { tickMs = 500, tls = false, properties = {} } = options;
    this.#folder = folder;
    this.certificates = tls ? makeCertificates(folder) : undefined;
    const certificates = this.certificates && forServer(folder, this.certificates);
    this.members = ports.map((own, index) => {
      const memberFolder = join(folder, `member-${index + 1}`);
      const dataFolder = join(memberFolder, "data");
      mkdirSync(memberFolder);
      const configuration = { dataFolder, tickMs, ports: own, ensemble: ports, certificates, properties };
      return new ZooKeeperMember(index + 1, memberFolder, configuration);
    });
  }

  /** @internal */
  static async prepare(options: ZooKeeperOptions): Promise<ZooKeeperEnsemble> {
    const { members = 1 } = options;
    const ports = await freePorts(4 * members);
    const each = Array.from({ length: members }, (_, index): MemberPorts => {
      const [client, secure, peer, election] = ports.slice(4 * index) as [number, number, number, number];
      return { client, secure, peer, election };
    });
    return new ZooKeeperEnsemble(serverFolder("zookeeper"), each, options);
  }

  /** All addresses, as a client's connect string has them. */
  get connectString(): string {
    return this.members.map(({ address }) => address).join(",");
  }

  /** @internal */
  async start(): Promise<void> {
    for (const member of this.members) member.start();
    await Promise.all(this.members.map((member) => member.serving()));
  }

  /** The member that leads now, or stands alone; waits for an election that is under way. */
  async leader(): Promise<ZooKeeperMember> {
    let leader: ZooKeeperMember | undefined;
    const found = async (): Promise<boolean> => {
      const modes = await Promise.all(this.members.map((member) => member.mode().catch(() => undefined)));
      leader = this.members.find((_, index) => modes[index] === "leader" || modes[index] === "standalone");
      return leader !== undefined;
    };
    await untilReady(found, leaderTimeoutMs, () => "the ensemble has no leader");
    return leader as ZooKeeperMember;
  }

  /** Puts another member, with nothing stored, in the place of one that is stopped for good. Waits until it serves. */
  async replace(member: ZooKeeperMember): Promise<void> {
    await member.kill();
    member.forget();
    member.start();
    await member.serving();
  }

  /** Kills every member and removes what they stored. */
  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    removeFolder(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
