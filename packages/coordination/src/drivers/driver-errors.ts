import { SkylarkError } from "@skylark/core";

export function settingError(message: string): SkylarkError {
  return new SkylarkError("invalid_argument", message, { reason: "SETTING", details: { key: "SKYLARK_COORDINATION" } });
}

/** Names the package that a driver needs, where `import` says that it is not there; else the error as it is. */
export function missingPackage(name: string, error: unknown): unknown {
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === "ERR_MODULE_NOT_FOUND";
  if (!isMissing || !String(error).includes(`'${name}'`)) return error;
  const message = `the package "${name}" is not installed; run: npm install ${name}`;
  return new SkylarkError("failed_precondition", message, { reason: "SETTING", cause: error });
}
