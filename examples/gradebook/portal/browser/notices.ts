import type { PortalStatus } from "./status-source.js";

type Missing = "grading" | "log" | "portal";

/** Shows the notices that hold and takes away those that do not; the others stay untouched, and are not read aloud again. */
export function showMissing(status: PortalStatus): void {
  if (status === "unreachable") {
    // of the others nothing is known: without the portal nobody says
    show("portal", true);
    show("grading", false);
    show("log", false);
    return;
  }
  show("portal", false);
  for (const part of ["grading", "log"] as const) {
    show(part, status[part] === "away");
    showPresence(part, status[part]);
  }
}

function show(missing: Missing, holds: boolean): void {
  const region = document.getElementById("notices");
  const shown = region?.querySelector(`[data-missing="${missing}"]`);
  if (!holds) shown?.remove();
  else if (!shown) {
    const template = document.getElementById(`notice-${missing}`);
    if (template instanceof HTMLTemplateElement) region?.append(template.content.cloneNode(true));
  }
}

function showPresence(part: string, presence: "here" | "away"): void {
  for (const mark of document.querySelectorAll<HTMLElement>(`[data-presence="${part}"]`)) {
    mark.textContent = presence;
    mark.classList.toggle("away", presence === "away");
    mark.hidden = false;
  }
}
