/** What the portal says of the parts behind it; `unreachable` where it says nothing any more. */
export type PortalStatus = { readonly grading: Presence; readonly log: Presence } | "unreachable";

type Presence = "here" | "away";

/** A stream that breaks is opened again by the browser within a second: only then it is worth a word. */
const patienceMs = 1_500;

/** Where the browser gave the stream up: refused, by a proxy in between or because too many listen. */
const reopenMs = 5_000;

/**
 * Tells what the portal says, while somebody sees the page: a browser grants a site few connections at once, so pages in
 * the background keep none.
 */
export function followStatus(hear: (status: PortalStatus) => void): void {
  let source: EventSource | undefined;
  let missed: number | undefined;
  let reopening: number | undefined;

  function open(): void {
    source = new EventSource("/status");
    source.addEventListener("status", (event: MessageEvent<string>) => {
      clearTimeout(missed);
      missed = undefined;
      hear(JSON.parse(event.data) as PortalStatus);
    });
    source.addEventListener("error", () => {
      missed ??= setTimeout(() => hear("unreachable"), patienceMs);
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      reopening = setTimeout(open, reopenMs);
    });
  }

  function close(): void {
    source?.close();
    source = undefined;
    clearTimeout(reopening);
  }

  function follow(): void {
    close();
    clearTimeout(missed);
    missed = undefined;
    if (document.visibilityState === "visible") open();
  }

  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && follow());
  follow();
}
