import { focusGrade, parsed, replaceForm, replaceMain } from "./page-content.js";

/** Longer than the portal takes to say that grading is away. */
const answerWithinMs = 20_000;

/**
 * Sends forms by script, so that the page stays where no answer comes: a browser's own error page would take its place,
 * and what was typed would go with it.
 */
export function sendByScript(page: Document): void {
  page.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLFormElement) || event.target.method !== "post") return;
    event.preventDefault();
    void send(event.target);
  });
}

async function send(form: HTMLFormElement): Promise<void> {
  const fields = new URLSearchParams(
    [...new FormData(form)].flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
  form.inert = true; // what is sent is what stands there until the answer is
  const answer = await answerTo(form.action, fields);
  form.inert = false;
  if (!answer) return sayUnsent(form);
  if (answer.kind === "away") replaceForm(form, answer.page);
  else replaceMain(answer.page);
  if (answer.kind === "saved") {
    const grade = `grade-${fields.get("id")}`;
    location.hash = grade;
    focusGrade(grade);
  } else document.querySelector<HTMLElement>("main [aria-invalid], main [type=submit]")?.focus();
}

interface FormAnswer {
  /** `away`: the page knows nothing of the student, so what is shown of him stays; only its form has something to say. */
  readonly kind: "saved" | "refused" | "away";
  readonly page: Document;
}

/** Undefined for no answer, and for one without a form to go on with. */
async function answerTo(url: string, body: URLSearchParams): Promise<FormAnswer | undefined> {
  try {
    const response = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(answerWithinMs) });
    const page = parsed(await response.text());
    if (!page.querySelector("main form")) return undefined;
    return { page, kind: response.redirected ? "saved" : response.status < 500 ? "refused" : "away" };
  } catch {
    return undefined;
  }
}

function sayUnsent(form: HTMLFormElement): void {
  const template = document.getElementById("unsent");
  document.getElementById("form-notice")?.remove();
  if (template instanceof HTMLTemplateElement) form.querySelector("h2")?.after(template.content.cloneNode(true));
  form.querySelector<HTMLElement>("[type=submit]")?.focus();
}
