/**
 * Every request of a test on a connection of its own. One that was kept since the last request may just be closed by its
 * server, which closes what is idle for five seconds or dies by the test's own hand, and the request would fail with it.
 */
const fetchOnAny = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set("connection", "close");
  return fetchOnAny(input, { ...init, headers });
};
