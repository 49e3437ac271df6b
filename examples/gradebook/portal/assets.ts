import { readdirSync, readFileSync } from "node:fs";

export interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  js: "text/javascript; charset=utf-8",
};

/** Style and picture lie beside the sources, scripts in the build, one folder deeper. By the path of their URL. */
export function readAssets(): ReadonlyMap<string, Asset> {
  return new Map(
    [new URL("../../portal/assets/", import.meta.url), new URL("./browser/", import.meta.url)].flatMap((folder) =>
      readdirSync(folder).flatMap((name) => {
        const type = types[name.split(".").at(-1) as string];
        if (type === undefined) return [];
        return [[`/assets/${name}`, { type, content: readFileSync(new URL(name, folder)) }] as const];
      }),
    ),
  );
}
