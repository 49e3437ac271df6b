/** The page as the portal would make it now; undefined where it cannot. */
async function pageNow(): Promise<Document | undefined> {
  try {
    const response = await fetch(location.pathname, { cache: "no-store" });
    return response.status < 500 ? parsed(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

export function parsed(text: string): Document {
  return new DOMParser().parseFromString(text, "text/html");
}

/**
 * Brings the page up to date where it stands: the scroll position stays, the focus stays where its element does, and a
 * form keeps what was typed. False where nothing could be had.
 */
export async function refreshContent(): Promise<boolean> {
  const page = await pageNow();
  if (!page) return false;
  keepingFocus(() => {
    if (document.querySelector("main form")) refreshRegions(page);
    else replaceMain(page);
  });
  document.title = page.title;
  return true;
}

/** Puts another page's content in the place of this one's. */
export function replaceMain(page: Document): void {
  const scrolled = scrollY;
  const content = page.querySelector("main")?.childNodes ?? [];
  document.querySelector("main")?.replaceChildren(...content);
  scrollTo({ top: scrolled, behavior: "instant" });
}

export function replaceForm(form: HTMLFormElement, page: Document): void {
  const fresh = page.querySelector("main form");
  if (fresh) form.replaceWith(fresh);
}

function refreshRegions(page: Document): void {
  for (const region of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(region.id);
    if (fresh) region.replaceWith(fresh);
  }
}

/** What is read aloud and moved on from should be where it was, also in what was just put in its place. */
function keepingFocus(change: () => void): void {
  const { activeElement } = document;
  change();
  if (!activeElement || activeElement.isConnected) return;
  const successor = activeElement.id === "" ? null : document.getElementById(activeElement.id);
  (successor ?? document.querySelector("main"))?.focus({ preventScroll: true });
}

/** Moves on to a grade that was just added, as a link to it does. */
export function focusGrade(id: string): void {
  if (!id.startsWith("grade-")) return;
  document.getElementById(id)?.focus({ preventScroll: true });
}
