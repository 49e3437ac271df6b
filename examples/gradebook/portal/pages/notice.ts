import type { SystemStatus } from "../status/system-status.js";
import { type Html, html } from "./html.js";

export interface Notice {
  readonly title: string;
  readonly text: string;
}

/** What can be missing, and what that means for whoever looks at a page. */
const notices = {
  grading: {
    tone: "loud",
    title: "Grading is away",
    text: "The service that keeps students and grades does not answer right now. Nothing is lost; this page notices by itself when it is back.",
  },
  log: {
    tone: "quiet",
    title: "The log service is away",
    text: "Pages work as usual. What they log is kept, and delivered when it is back.",
  },
  portal: {
    tone: "loud",
    title: "The gradebook does not answer",
    text: "This page looks for it by itself, and keeps what you typed.",
  },
} as const;

/** The notices that hold now. */
export function noticesOf(status: SystemStatus): Html[] {
  return (["grading", "log"] as const).filter((part) => status[part] === "away").map(noticeOf);
}

/** Every notice, for the page's script to show when it comes true. */
export const noticeTemplates: readonly Html[] = (["grading", "log", "portal"] as const).map(
  (missing) => html`<template id="notice-${missing}">${noticeOf(missing)}</template>`,
);

function noticeOf(missing: keyof typeof notices): Html {
  const { tone, title, text } = notices[missing];
  return html`<div class="notice ${tone}" data-missing="${missing}"><h2>${title}</h2><p>${text}</p></div>`;
}

/** A word about what was just sent, at the form it is about; read aloud where pages are listened to. */
export function formNotice({ title, text }: Notice): Html {
  return html`
        <div class="notice loud" id="form-notice" role="alert"><h3>${title}</h3><p>${text}</p></div>`;
}
