import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { deferred } from "@skylark/core/internal";
import { type Certificates, makeCertificates } from "./certificates.js";
import {
  freePorts,
  type MemberProcess,
  removeFolder,
  ServerProcess,
  serverFolder,
  untilReady,
} from "./server-process.js";

export interface EtcdOptions {
  /** Default: 1. */
  readonly members?: number;
  /** TLS towards clients, who must show a certificate of the test's authority. Default: false. */
  readonly tls?: boolean;
  /** Switches user and password on, with `root` and this password. Default: nobody is asked who they are. */
  readonly rootPassword?: string;
  /** Default: 1000, etcd's own. The shortest lease is 1.5 times as long, in whole seconds. */
  readonly electionTimeoutMs?: number;
  /** How long a start may take, machine load included. Default: 120 000. */
  readonly startTimeoutMs?: number;
}

export interface EtcdMember extends MemberProcess {
  readonly name: string;
  /** Where clients reach it: `127.0.0.1:4321`. */
  readonly endpoint: string;
}

/** A running cluster. Whoever started it closes it. */
export interface EtcdServers extends AsyncDisposable {
  readonly members: readonly EtcdMember[];
  /** `127.0.0.1:4321,127.0.0.1:4322`, as a URL lists hosts. */
  readonly hosts: string;
  readonly certificates: Certificates | undefined;
  /** Waits until a member says that it leads. */
  leader(): Promise<EtcdMember>;
  /** Waits until every running member knows a leader. */
  healthy(): Promise<void>;
  /** Puts another member, with nothing stored, in the place of one that is stopped for good. Waits until it knows a leader. */
  replace(member: EtcdMember): Promise<void>;
  /** Forgets the history up to now; answers with the revision it compacted at. */
  compact(): Promise<number>;
  /** Runs etcdctl, with all certificates and passwords that are needed, and answers with what it printed. */
  etcdctl(...args: string[]): Promise<string>;
  /** Ends all processes and removes their folders. */
  close(): Promise<void>;
}

/** Starts etcd (of `PATH`) on free ports of loopback, in a temporary folder. Resolves when the cluster has a leader. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdServers> {
  for (let attempt = 1; ; attempt += 1) {
    const servers = new EtcdCluster(options, await freePorts(3 * (options.members ?? 1)));
    try {
      await servers.open();
      return servers;
    } catch (error) {
      await servers.close();
      if (attempt === 3 || !String(error).includes("address already in use")) throw error;
    }
  }
}

/** For etcdctl, which gives a connection 2 s and a command 5 s by itself: a busy machine takes longer. */
const patience = ["--dial-timeout", "30s", "--command-timeout", "60s"];
/** How long a member may take to say how it is. */
const answerMs = 1000;

class Member extends ServerProcess implements EtcdMember {
  readonly name: string;
  readonly endpoint: string;
  readonly #metricsUrl: string;

  constructor(name: string, args: readonly string[], endpoint: string, metricsUrl: string) {
    super("etcd", args);
    this.name = name;
    this.endpoint = endpoint;
    this.#metricsUrl = metricsUrl;
  }

  /** What the member says of itself; false as well where it does not answer. */
  async says(metric: "etcd_server_is_leader" | "etcd_server_has_leader"): Promise<boolean> {
    if (this.status !== "running") return false;
    const late = deferred<boolean>();
    const timer = setTimeout(() => late.resolve(false), answerMs);
    const told = this.#tells(metric).catch(() => false);
    return await Promise.race([told, late.promise]).finally(() => clearTimeout(timer));
  }

  /** Answers, fails, or never ends: what Node's `fetch` has of a signal may be collected before it aborts, so none is given. */
  async #tells(metric: string): Promise<boolean> {
    const answer = await fetch(`${this.#metricsUrl}/metrics`);
    return (await answer.text()).includes(`\n${metric} 1`);
  }
}

class EtcdCluster implements EtcdServers {
  readonly members: readonly Member[];
  readonly certificates: Certificates | undefined;
  readonly #folder = serverFolder("etcd");
  readonly #options: EtcdOptions;
  #user: readonly string[] = [];

  constructor(options: EtcdOptions, ports: readonly number[]) {
    this.#options = options;
    this.certificates = options.tls ? makeCertificates(this.#folder, "root") : undefined;
    const names = Array.from({ length: options.members ?? 1 }, (_, index) => `m${index + 1}`);
    const peerUrl = (index: number) => `http://127.0.0.1:${ports[3 * index + 1]}`;
    const all = names.map((name, index) => `${name}=${peerUrl(index)}`).join(",");
    this.members = names.map((name, index) => {
      const endpoint = `127.0.0.1:${ports[3 * index]}`;
      const metricsUrl = `http://127.0.0.1:${ports[3 * index + 2]}`;
      const args = [...this.#memberArgs(name, endpoint, peerUrl(index)), "--initial-cluster", all];
      return new Member(name, [...args, "--listen-metrics-urls", metricsUrl], endpoint, metricsUrl);
    });
  }

  get hosts(): string {
    return this.members.map(({ endpoint }) => endpoint).join(",");
  }

  async open(): Promise<void> {
    for (const member of this.members) member.start();
    await this.healthy();
    const { rootPassword } = this.#options;
    if (rootPassword === undefined) return;
    await this.etcdctl("user", "add", `root:${rootPassword}`);
    await this.etcdctl("user", "grant-role", "root", "root");
    await this.etcdctl("auth", "enable");
    this.#user = ["--user", `root:${rootPassword}`];
  }

  async leader(): Promise<EtcdMember> {
    let leader: EtcdMember | undefined;
    await this.#until(async () => {
      const leads = await Promise.all(this.members.map((member) => member.says("etcd_server_is_leader")));
      leader = this.members[leads.indexOf(true)];
      return leader !== undefined;
    });
    return leader as EtcdMember;
  }

  async healthy(): Promise<void> {
    await this.#until(async () => {
      const failed = this.members.find(({ status }) => status === "stopped");
      if (failed && failed.output.includes("address already in use")) throw new Error("address already in use");
      const running = this.members.filter(({ status }) => status === "running");
      const follow = await Promise.all(running.map((member) => member.says("etcd_server_has_leader")));
      return follow.every(Boolean);
    });
  }

  async replace(member: EtcdMember): Promise<void> {
    const found = this.members.find((each) => each === member);
    if (!found) throw new Error(`${member.name} is no member of this cluster`);
    await found.kill();
    removeFolder(join(this.#folder, found.name));
    await this.leader(); // what a leader was asked that is gone is lost
    const listed = (await this.etcdctl("member", "list")).split("\n").map((line) => line.split(", "));
    const [id, , , peerUrl] = listed.find(([, , name]) => name === found.name) ?? [];
    if (id === undefined || peerUrl === undefined) throw new Error(`the cluster does not know ${found.name}`);
    await this.etcdctl("member", "remove", id);
    await this.etcdctl("member", "add", found.name, "--peer-urls", peerUrl);
    found.start(["--initial-cluster-state", "existing"]);
    await this.healthy();
  }

  async compact(): Promise<number> {
    const answer = JSON.parse(await this.etcdctl("get", "none", "--write-out", "json")) as {
      header: { revision: number };
    };
    const { revision } = answer.header;
    await this.etcdctl("compact", String(revision));
    return revision;
  }

  async etcdctl(...args: string[]): Promise<string> {
    const running = this.members.filter(({ status }) => status === "running").map(({ endpoint }) => endpoint);
    const scheme = this.certificates ? "https" : "http";
    const endpoints = running.map((endpoint) => `${scheme}://${endpoint}`).join(",");
    const given = ["--endpoints", endpoints, ...patience, ...this.#tlsArgs(), ...this.#user, ...args];
    const { stdout } = await promisify(execFile)("etcdctl", given, { env: { ...process.env, ETCDCTL_API: "3" } });
    return stdout;
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    removeFolder(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #memberArgs(name: string, endpoint: string, peerUrl: string): string[] {
    const electionMs = this.#options.electionTimeoutMs ?? 1000;
    const clientUrl = `${this.certificates ? "https" : "http"}://${endpoint}`;
    const args = ["--name", name, "--data-dir", join(this.#folder, name), "--log-level", "warn"];
    args.push("--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl);
    args.push("--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl);
    args.push("--election-timeout", String(electionMs), "--heartbeat-interval", String(electionMs / 10));
    args.push("--strict-reconfig-check=false"); // else nobody is replaced before all others were together for 5 s
    const { certificates } = this;
    if (!certificates) return args;
    args.push("--cert-file", certificates.serverCertFile, "--key-file", certificates.serverKeyFile);
    args.push("--trusted-ca-file", certificates.caFile, "--client-cert-auth");
    return args;
  }

  #tlsArgs(): string[] {
    if (!this.certificates) return [];
    const { caFile, clientCertFile, clientKeyFile } = this.certificates;
    return ["--cacert", caFile, "--cert", clientCertFile, "--key", clientKeyFile];
  }

  async #until(ready: () => Promise<boolean>): Promise<void> {
    const explain = () => this.members.map(({ name, status, output }) => `${name} ${status}\n${output}`).join("\n");
    await untilReady(ready, this.#options.startTimeoutMs ?? 120_000, explain);
  }
}
