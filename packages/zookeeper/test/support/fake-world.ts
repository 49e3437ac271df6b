import { ManualClock, seededRandom } from "@skylark/core/internal";
import { openZooKeeper, type ZooKeeper, type ZooKeeperOptions, type ZooKeeperState } from "../../src/index.js";
import { FakeServer } from "./fake-server.js";
import { until } from "./until.js";

const stepMs = 20;

/** Of the event loop: a connection is made, or a question answered, in fewer than a hundred steps. */
const turnsPerStep = 5;

/** A client and a fake server, whose clock the test holds. */
export class FakeWorld implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly states: ZooKeeperState["kind"][] = [];
  readonly servers: readonly FakeServer[];
  #zk: ZooKeeper | undefined;

  private constructor(servers: readonly FakeServer[]) {
    this.servers = servers;
  }

  static async listen(servers = 1): Promise<FakeWorld> {
    return new FakeWorld(await Promise.all(Array.from({ length: servers }, () => FakeServer.listen())));
  }

  /** With a client that has a session of 6 s. */
  static async open(options: ZooKeeperOptions = {}): Promise<FakeWorld> {
    const world = await FakeWorld.listen();
    await world.connect(options);
    return world;
  }

  async connect(options: ZooKeeperOptions = {}): Promise<ZooKeeper> {
    const { clock } = this;
    const random = seededRandom(1);
    this.#zk = await openZooKeeper(this.connectString, { clock, random, sessionTimeoutMs: 6000, ...options });
    this.#zk.onState(({ kind }) => this.states.push(kind));
    return this.#zk;
  }

  get connectString(): string {
    return this.servers.map(({ address }) => address).join(",");
  }

  get server(): FakeServer {
    return this.servers[0] as FakeServer;
  }

  get zk(): ZooKeeper {
    return this.#zk as ZooKeeper;
  }

  /** Time goes on, no faster than sockets do, until something holds. */
  async timePasses(holds: () => boolean): Promise<void> {
    while (!holds()) {
      this.clock.advance(stepMs);
      for (let turn = 0; turn < turnsPerStep; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Time goes on until something has come to its end. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    await this.timePasses(() => isOver);
    return work;
  }

  /** The client is on its way to its `number`th connection, or has it. */
  async reconnects(number = this.server.connections.length + 1): Promise<void> {
    await this.timePasses(() => this.server.connections.length >= number);
  }

  async isSuspended(): Promise<void> {
    await until(() => this.zk.state.kind === "suspended");
  }

  /** The server ends the connection, and the client knows. */
  async loses(): Promise<void> {
    this.server.latest.socket.destroy();
    await this.isSuspended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#zk?.close();
    for (const server of this.servers) await server.close();
  }
}
