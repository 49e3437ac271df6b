import { frameVectors } from "./frames.js";
import { messageVectors } from "./messages.js";
import { callerConversations } from "./of-callers.js";
import { providerConversations } from "./of-providers.js";
import { valueVectors } from "./values.js";

/** The files of `conformance/rpc` as today's code makes them, by name. */
export function vectorFiles(): Readonly<Record<string, string>> {
  const text = (content: unknown): string => `${JSON.stringify(content, undefined, 2)}\n`;
  return {
    "values.json": text(valueVectors()),
    "frames.json": text(frameVectors()),
    "messages.json": text(messageVectors()),
    "conversations.json": text([...providerConversations, ...callerConversations]),
  };
}

export const vectorFolder = new URL("../../../../conformance/rpc/", import.meta.url);
