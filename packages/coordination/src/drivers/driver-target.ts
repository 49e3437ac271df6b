import { readFileSync } from "node:fs";
import { SkylarkError } from "@skylark/core";
import { settingError } from "./driver-errors.js";
import { type DriverUrl, type DriverUrlTls, parseDriverUrl } from "./driver-url.js";

/** Where a driver connects, the files of its certificates read. */
export interface DriverTarget extends Omit<DriverUrl, "tls"> {
  readonly tls: TlsTexts | undefined;
}

/** PEM texts. */
export type TlsTexts = DriverUrlTls;

/** Fails `invalid_argument` where the URL, or a file that it names, cannot be read. `engine`: its name in messages. */
export function driverTarget(url: string, engine: string, defaultPort: number): DriverTarget {
  const { tls, ...rest } = parsed(url, engine, defaultPort);
  return { ...rest, tls: tls && textsOf(tls, engine) };
}

function parsed(url: string, engine: string, defaultPort: number): DriverUrl {
  try {
    return parseDriverUrl(url, defaultPort);
  } catch (error) {
    throw settingError(`the ${engine} URL cannot be read: ${SkylarkError.from(error).message}`);
  }
}

function textsOf({ ca, cert, key, serverName }: DriverUrlTls, engine: string): TlsTexts {
  const text = (parameter: string, path: string | undefined) => path && fileText(parameter, path, engine);
  return { ca: text("ca", ca), cert: text("cert", cert), key: text("key", key), serverName };
}

function fileText(parameter: string, path: string, engine: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw settingError(`the ${engine} URL's "${parameter}" cannot be read: ${SkylarkError.from(error).message}`);
  }
}
