import type { SystemStatus } from "../status/system-status.js";
import { document } from "./document.js";
import { type Html, html } from "./html.js";

/** What stands in for a page whose content cannot be had. It comes by itself as soon as it can; a link looks at once. */
export function awayPage(path: string, status: SystemStatus, refreshSeconds: number): Html {
  const main = html`
    <div class="heading"><h1>Not right now</h1></div>
    <div class="card empty">
      <p>What belongs here cannot be had while grading is away.</p>
      <p><a class="button" href="${path}">Look again now</a></p>
    </div>`;
  return document({ title: "Grading is away", main, status, refreshSeconds });
}

/** A page that says what went wrong, and leads back. */
export function plainPage(title: string, text: string, status: SystemStatus): Html {
  const main = html`
    <div class="heading"><h1>${title}</h1></div>
    <p>${text}</p>
    <p><a class="button" href="/students">To all students</a></p>`;
  return document({ title, main, status });
}
