import { sendByScript } from "./grade-form.js";
import { showMissing } from "./notices.js";
import { focusGrade, refreshContent } from "./page-content.js";
import { followStatus } from "./status-source.js";

/**
 * What a page does beyond being read: it says by itself what is missing, comes up to date when that is back, and loses
 * nothing that was typed. Without it the pages work all the same, by links and forms.
 */
sendByScript(document);
focusGrade(location.hash.slice(1));

/** The pause before it is tried again to bring the page up to date, where that failed while grading is said to be there. */
const againMs = 1_000;

/** Grading was away since the page was made: what it shows may be of before, or nothing. */
let stale = document.querySelector('#notices [data-missing="grading"]') !== null;
let again: number | undefined;
let heard = 0;

followStatus((status) => {
  heard++;
  clearTimeout(again);
  showMissing(status);
  if (status === "unreachable" || status.grading === "away") stale = true;
  else if (stale) void comeUpToDate();
});

async function comeUpToDate(): Promise<void> {
  const before = heard;
  const fresh = await refreshContent();
  if (heard !== before) return; // what was heard meanwhile goes on from there
  stale = !fresh;
  if (stale) again = setTimeout(() => void comeUpToDate(), againMs);
}
