import type { SkylarkError } from "@skylark/core";
import { jsonLine } from "./json.js";
import { onOneLine } from "./table.js";

/** `sky: not_found: no instance is called "k3" …`, on one line whatever the message holds. */
export function errorLine(error: SkylarkError): string {
  return `sky: ${error.code}: ${onOneLine(error.message.replaceAll("\n- ", " - "))}\n`;
}

/** `{"error":{"code":…,"reason":…,"message":…,"details":…}}`; reason and details are null where there are none. */
export function errorJson({ code, reason, message, details }: SkylarkError): string {
  return jsonLine({ error: { code, reason: reason ?? null, message, details: details ?? null } });
}
