import { UsageError } from "../failure.js";

export interface MethodName {
  readonly service: string;
  readonly method: string;
}

/** `grading.students`: what stands behind the last dot is the method, since a service's name may hold dots itself. */
export function methodName(text: string): MethodName {
  const dot = text.lastIndexOf(".");
  if (dot > 0 && dot < text.length - 1) return { service: text.slice(0, dot), method: text.slice(dot + 1) };
  throw new UsageError(`"${text}" names no method: write <service>.<method>, as in grading.students`);
}

/**
 * An argument of a call, as JSON; a bare word that is none is a text. What begins like an object, a list or a quoted text
 * was meant to be JSON: there a mistake is an error, not a text.
 */
export function callArgument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (!/^\s*[{["]/.test(text)) return text;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UsageError(`the argument ${text} is not JSON (${why}): put it between single quotes for the shell`);
  }
}

/** Collects `--metadata key=value`, which may be given several times. */
export function metadataPair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return { ...before, [key]: value };
  throw new UsageError(`"${text}" is no metadata: write --metadata key=value`);
}
