import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MemberProcess, removeFolder, ServerProcess, untilReady } from "../server-process.js";
import { configurationText, type MemberConfiguration } from "./configuration.js";
import { accepts, fourLetterWord } from "./four-letter-word.js";

export type ZooKeeperMode = "standalone" | "leader" | "follower" | "observer" | "read-only";

/** What Debian's own start script names, what its TLS needs beyond that, and something that writes the log. */
const classPath = ["zookeeper", "netty-common", "netty-codec", "netty-resolver", "netty-tcnative", "slf4j-simple"]
  .map((name) => `/usr/share/java/${name}.jar`)
  .join(":");

/** Generous: a machine that tests starts several of these at once. */
const startTimeoutMs = 120_000;

/** Its process ended instead of serving: somebody else has one of its ports, or it cannot run at all. */
export class MemberEnded extends Error {
  override readonly name = "MemberEnded";
}

/** One server of an ensemble, with a process of its own. */
export class ZooKeeperMember implements MemberProcess {
  /** `127.0.0.1:port`: where clients connect, by TLS where the ensemble was started with it. */
  readonly address: string;
  readonly port: number;
  readonly #plainPort: number;
  readonly #number: number;
  readonly #dataFolder: string;
  readonly #process: ServerProcess;

  constructor(number: number, folder: string, configuration: MemberConfiguration) {
    const { ports, certificates, dataFolder } = configuration;
    this.port = certificates ? ports.secure : ports.client;
    this.address = `127.0.0.1:${this.port}`;
    this.#plainPort = ports.client;
    this.#number = number;
    this.#dataFolder = dataFolder;
    this.#introduce();
    const configurationPath = join(folder, "zoo.cfg");
    writeFileSync(configurationPath, configurationText(configuration));
    const args = [...javaOptions, "-cp", classPath, "org.apache.zookeeper.server.quorum.QuorumPeerMain"];
    this.#process = new ServerProcess("java", [...args, configurationPath]);
  }

  /** Undefined while it is stopped. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get status(): "running" | "frozen" | "stopped" {
    return this.#process.status;
  }

  /** How many snapshots of the whole tree it has on its disk. */
  get snapshots(): number {
    const folder = join(this.#dataFolder, "version-2");
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("snapshot.")).length : 0;
  }

  /** Removes all that it stored; it must be stopped. */
  forget(): void {
    removeFolder(this.#dataFolder);
    this.#introduce();
  }

  /** Starts it on its data and ports. Does not wait until it serves, which without a majority it does not. */
  start(): void {
    this.#process.start();
  }

  /** What it serves as, as soon as it does. Fails `MemberEnded` where its process ends instead. */
  async serving(): Promise<ZooKeeperMode> {
    let mode: ZooKeeperMode | undefined;
    const ready = async (): Promise<boolean> => {
      mode = await this.mode().catch(() => undefined);
      // the port for TLS opens a little after the other
      return (mode !== undefined && (await accepts(this.port))) || this.status === "stopped";
    };
    await untilReady(ready, startTimeoutMs, () => `ZooKeeper at ${this.address}: ${this.#process.output}`);
    if (mode === undefined) throw new MemberEnded(`ZooKeeper at ${this.address} ended: ${this.#process.output}`);
    return mode;
  }

  /** Undefined while it does not serve; fails where it does not answer. */
  async mode(): Promise<ZooKeeperMode | undefined> {
    return /^Mode: (.+)$/m.exec(await this.ask("srvr"))?.[1] as ZooKeeperMode | undefined;
  }

  /** One of the four-letter words. */
  async ask(word: string): Promise<string> {
    return await fourLetterWord(this.#plainPort, word);
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  freeze(): void {
    this.#process.freeze();
  }

  thaw(): void {
    this.#process.thaw();
  }

  #introduce(): void {
    mkdirSync(this.#dataFolder, { recursive: true });
    writeFileSync(join(this.#dataFolder, "myid"), `${this.#number}\n`);
  }
}

const javaOptions = [
  "-Xmx128m",
  "-XX:TieredStopAtLevel=1", // starts in half the time; nothing here runs long enough to miss the rest
  "-XX:+UseSerialGC",
  "-Xshare:auto",
  "-Djava.net.preferIPv4Stack=true",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];
