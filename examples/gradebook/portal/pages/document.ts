import { type Html, html } from "./html.js";

export interface DocumentParts {
  readonly title: string;
  readonly main: Html;
  /** The page asks for itself again after this many seconds. Only for pages without a form: typed text would be lost. */
  readonly refreshSeconds?: number;
}

/** The frame around every page. */
export function document({ title, main, refreshSeconds }: DocumentParts): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    ${refreshSeconds !== undefined && html`<meta http-equiv="refresh" content="${refreshSeconds}">`}
    <title>${title} · Gradebook</title>
    <link rel="icon" href="/mark.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/portal.css">
  </head>
  <body>
    <header class="top">
      <a class="wordmark" href="/students"><img src="/mark.svg" alt="" width="28" height="28">Gradebook</a>
    </header>
    <main>${main}</main>
    <footer>Students and grades come from the service <code>grading</code>, wherever it runs.</footer>
  </body>
</html>
`;
}
