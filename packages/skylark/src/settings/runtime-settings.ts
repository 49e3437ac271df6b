import { balancerNames } from "@skylark/balance";
import { defineSettings, type SettingValues } from "./definition.js";
import { setting } from "./setting-kinds.js";

const name = { pattern: /^[A-Za-z0-9._-]{1,64}$/, allowed: "up to 64 letters, digits, dots, dashes and underscores" };

/**
 * The framework's own settings, as a program may be given them. `docs/reference/settings.md` is their page; a test keeps
 * the two equal.
 */
export const runtimeSettings = defineSettings({
  coordination: setting.string({
    default: "embedded",
    pattern: /^(embedded|(zookeeper|etcd):\/\/\S+)$/,
    allowed: '"embedded", "zookeeper://host:port,…/chroot" or "etcd://host:port,…"',
    env: "SKYLARK_COORDINATION",
    flag: "skylark-coordination",
    describe: "Where services are registered.",
  }),
  cluster: setting.string({
    ...name,
    default: "default",
    env: "SKYLARK_CLUSTER",
    flag: "skylark-cluster",
    describe: "The environment this process belongs to; processes of different clusters do not see each other.",
  }),
  home: setting.string({
    optional: true,
    pattern: /./,
    allowed: "a folder",
    env: "SKYLARK_HOME",
    flag: "skylark-home",
    describe:
      "The folder of the embedded store, one for all processes that are to find each other. Left out: one per user.",
  }),
  host: setting.string({
    optional: true,
    pattern: /^\S+$/,
    allowed: "a host name or an IP address",
    env: "SKYLARK_HOST",
    flag: "skylark-host",
    describe:
      "The address to listen on. Left out: 127.0.0.1 while the store is on this machine, else 0.0.0.0 with the address towards the store advertised.",
  }),
  port: setting.integer({
    default: 0,
    min: 0,
    max: 65_535,
    env: "SKYLARK_PORT",
    flag: "skylark-port",
    describe: "The port to listen on; 0 takes a free one.",
  }),
  advertise: setting.string({
    optional: true,
    pattern: /^\S+$/,
    allowed: "a host, or host:port",
    env: "SKYLARK_ADVERTISE",
    flag: "skylark-advertise",
    describe: "The address others are told to dial. Left out: the one listened on, as others see it.",
  }),
  http: setting.boolean({
    default: true,
    env: "SKYLARK_HTTP",
    flag: "skylark-http",
    describe: "Whether services, health and what a program mounts are had by HTTP on the same port.",
  }),
  httpOrigins: setting.list({
    default: [],
    env: "SKYLARK_HTTP_ORIGINS",
    flag: "skylark-http-origins",
    describe: "Pages of other origins that may send requests, such as https://console.example.",
  }),
  region: setting.string({
    ...name,
    default: "local",
    env: "SKYLARK_REGION",
    flag: "skylark-region",
    describe: "The region this process runs in.",
  }),
  zone: setting.string({
    default: "",
    pattern: /^[A-Za-z0-9._-]{0,64}$/,
    allowed: `${name.allowed}, or nothing`,
    env: "SKYLARK_ZONE",
    flag: "skylark-zone",
    describe: "The zone within the region; nothing where there are no zones.",
  }),
  sessionTtlMs: setting.durationMs({
    default: 10_000,
    min: 500,
    max: 120_000,
    env: "SKYLARK_SESSION_TTL_MS",
    flag: "skylark-session-ttl-ms",
    describe: "How long after its last sign of life a process stays registered.",
  }),
  snapshots: setting.boolean({
    default: true,
    env: "SKYLARK_SNAPSHOTS",
    flag: "skylark-snapshots",
    describe:
      "Whether this process writes down in its home whom it can call, and starts from that when the store is away.",
  }),
  timeoutMs: setting.durationMs({
    default: 5_000,
    min: 1,
    max: 86_400_000,
    env: "SKYLARK_TIMEOUT_MS",
    flag: "skylark-timeout-ms",
    describe: "How long a call may take, retries included, unless it says otherwise.",
  }),
  drainTimeoutMs: setting.durationMs({
    default: 30_000,
    max: 3_600_000,
    env: "SKYLARK_DRAIN_TIMEOUT_MS",
    flag: "skylark-drain-timeout-ms",
    describe: "How long a leaving process lets calls in flight finish.",
  }),
  drainNoticeMs: setting.durationMs({
    default: 2_000,
    max: 60_000,
    env: "SKYLARK_DRAIN_NOTICE_MS",
    flag: "skylark-drain-notice-ms",
    describe: "How long a leaving process waits for its callers to confirm that they call others now.",
  }),
  logLevel: setting.oneOf(["debug", "info", "warn", "error"], {
    default: "info",
    env: "SKYLARK_LOG_LEVEL",
    flag: "skylark-log-level",
    describe: "The least important words of the framework that are still said.",
  }),
  tags: setting.list({
    default: [],
    env: "SKYLARK_TAGS",
    flag: "skylark-tags",
    describe: "Labels registered with the services of this process.",
  }),
  weight: setting.integer({
    default: 100,
    min: 0,
    max: 10_000,
    env: "SKYLARK_WEIGHT",
    flag: "skylark-weight",
    describe: "The share of calls this process wants, against the weights of the others.",
  }),
  balancer: setting.oneOf(balancerNames, {
    default: "twoChoices",
    env: "SKYLARK_BALANCER",
    flag: "skylark-balancer",
    describe: "How calls are spread over the instances of a service.",
  }),
});

export type RuntimeSettings = SettingValues<(typeof runtimeSettings)["fields"]>;
