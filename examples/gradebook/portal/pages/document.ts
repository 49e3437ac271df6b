import type { SystemStatus } from "../status/system-status.js";
import { type Html, html } from "./html.js";
import { noticesOf, noticeTemplates } from "./notice.js";

export interface DocumentParts {
  readonly title: string;
  readonly main: Html;
  /** What is missing, as far as this page knows. */
  readonly status: SystemStatus;
  /**
   * Without scripts, the page asks for itself again after this many seconds. Only for pages without a form: typed text
   * would be lost.
   */
  readonly refreshSeconds?: number;
}

/** The frame around every page. */
export function document({ title, main, status, refreshSeconds }: DocumentParts): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    ${refreshSeconds !== undefined && html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>`}
    <title>${title} · Gradebook</title>
    <link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/portal.css">
    <script type="module" src="/assets/portal.js"></script>
  </head>
  <body>
    <a class="skip" href="#main">To the content</a>
    <header class="top">
      <a class="wordmark" href="/students"><img src="/assets/mark.svg" alt="" width="28" height="28">Gradebook</a>
      <nav aria-label="Pages"><a href="/students">Students</a><a href="/about">About</a></nav>
    </header>
    <div id="notices" role="status" aria-label="What is missing">${noticesOf(status)}</div>
    <main id="main" tabindex="-1">${main}</main>
    <footer>Students and grades come from the service <code>grading</code>, wherever it runs.</footer>
    ${noticeTemplates}
  </body>
</html>
`;
}
