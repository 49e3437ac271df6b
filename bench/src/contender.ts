/** What every call carries and brings back: about 100 bytes as JSON. */
export interface Echo {
  id: number;
  name: string;
  tags: string[];
  score: number;
}

export const echo: Echo = {
  id: 48_213,
  name: "Katherine Johnson",
  tags: ["mathematics", "orbital", "hidden-figure"],
  score: 98.75,
};

/** The side that calls. One connection. */
export interface EchoClient {
  echo(value: Echo): Promise<Echo>;
  close(): Promise<void>;
}

/** The side that answers with what it got. It ends with its process. */
export interface EchoServer {
  /** Whatever `connect` of the same contender needs to find it. */
  readonly address: string;
}

/** One way to make the same call. `serve` and `connect` run in different processes. */
export interface Contender {
  /** The packages whose versions belong beside its figures. */
  readonly packages: readonly string[];
  serve(): Promise<EchoServer>;
  connect(address: string): Promise<EchoClient>;
}
