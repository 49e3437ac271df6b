/** Named limits of everything HTTP on a port; each with its reason. */
export const httpLimits = {
  /** Request line and headers, together: a browser with many cookies fits. */
  headerBytesMax: 16 * 1024,
  /** Headers of one request: no client of good will has more. */
  headersMax: 100,
  /** A body, unless who reads it says otherwise: as much as one message of the native protocol. */
  bodyBytesMax: 4 * 1024 * 1024,
  /** Bodies of calls that are being read, all together: sixteen of the longest. Many clients at once cannot ask for more. */
  bodiesBytesMax: 64 * 1024 * 1024,
  /** Lists and objects inside each other, as in the native protocol: deeper ones are recursion gone wrong. */
  jsonDepthMax: 64,

  /** From the first byte of a connection, or of a request, to the end of its headers. */
  headersTimeoutMs: 10_000,
  /** From there to the end of its body: the longest one, over a slow line. */
  requestTimeoutMs: 60_000,
  /** How long a connection may idle between two requests. */
  keepAliveTimeoutMs: 5_000,
  /** How long a client may leave its answer unread. */
  unreadTimeoutMs: 60_000,
  /** How long a stream of events may say nothing: proxies take what is silent for a minute for dead. */
  pulseMs: 15_000,
  /** How often the first two are looked at: they are exact to this. */
  lookIntervalMs: 1_000,
  /** The longest deadline that a request can ask for: a day, as in the settings. */
  deadlineMsMax: 86_400_000,

  /** Connections that speak HTTP: browsers and scripts keep few, and each can hold a body. */
  connectionsMax: 4096,
  /** Requests on one connection, before it is to be opened again: balancers in front spread anew. */
  requestsPerConnectionMax: 10_000,
  /** Requests on one connection that wait for their answers: they run beside each other. */
  pipelinedMax: 32,

  /** The rest of a refused request that is read and thrown away so that the connection can go on. */
  skippedBytesMax: 16 * 1024,
  /** What is still read and thrown away of a request that was refused before it had arrived, so that the answer is. */
  lingerBytesMax: 1024 * 1024,
  /** How long that may take. */
  lingerMs: 1000,
} as const;
