import { document } from "./document.js";
import { type Html, html } from "./html.js";

export interface Notice {
  readonly title: string;
  readonly text: string;
}

/** A word above the page, read aloud where pages are listened to. */
export function noticeCard({ title, text }: Notice): Html {
  return html`
    <div class="card notice" role="alert">
      <h2>${title}</h2>
      <p>${text}</p>
    </div>`;
}

/** What stands in for a page whose content cannot be had. It looks for it again by itself; a link does so at once. */
export function awayPage(path: string, refreshSeconds: number): Html {
  const main = html`
    <h1 class="unseen">Grading is away</h1>
    ${noticeCard({
      title: "Grading is away",
      text: "The service that keeps students and grades does not answer right now. Nothing is lost; this page looks again by itself.",
    })}
    <p><a class="button" href="${path}">Look again now</a></p>`;
  return document({ title: "Grading is away", main, refreshSeconds });
}

/** A page that says what went wrong, and leads back. */
export function plainPage(title: string, text: string): Html {
  const main = html`
    <div class="heading"><h1>${title}</h1></div>
    <p>${text}</p>
    <p><a class="button" href="/students">To all students</a></p>`;
  return document({ title, main });
}
