import type { SystemStatus } from "../status/system-status.js";
import { document } from "./document.js";
import { type Html, html } from "./html.js";

interface PartWords {
  readonly name: string;
  readonly does: string;
  readonly without: string;
  /** The page's script says here whether it is there. */
  readonly watched?: true;
}

const parts: readonly PartWords[] = [
  {
    name: "portal",
    does: "Makes these pages, and keeps nothing itself.",
    without: "no page opens. Pages that are open look for it, and keep what was typed.",
  },
  {
    name: "grading",
    does: "Keeps students and grades, and knows the rules. Any number of it may run.",
    without: "the last one gone, lists say so until one is back. No grade that counted is lost.",
    watched: true,
  },
  {
    name: "log",
    does: "Keeps what all others log, on disk, and finds it again.",
    without: "everything works. Lines wait where they were written, and are delivered later.",
    watched: true,
  },
  {
    name: "registry",
    does: "Lets programs in any language take part by plain HTTP.",
    without: "nobody is unlisted, and every page works. Newcomers wait.",
  },
  {
    name: "reporter",
    does: "Is such a program, in Python: it prints averages when grades change.",
    without: "nothing else changes.",
  },
];

/** How the system is made. It asks nobody, so it always opens. */
export function aboutPage(status: SystemStatus): Html {
  const main = html`
    <div class="heading"><h1>How it is made</h1></div>
    <p class="lead">Each part is a process of its own. Kill any of them: the others carry on, and these pages say what is missing.</p>
    <dl class="card parts">${parts.map(partItem)}</dl>`;
  return document({ title: "About", main, status });
}

function partItem({ name, does, without, watched }: PartWords): Html {
  return html`
      <div>
        <dt><code>${name}</code>${watched && html` <span class="presence" data-presence="${name}" hidden></span>`}</dt>
        <dd>${does} <span class="quiet">Without it, ${without}</span></dd>
      </div>`;
}
