import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, type Program, parseSync, Visitor, type VisitorObject, visitorKeys } from "oxc-parser";

/** What was made, not written: `.git` is a file where the repository is a second working tree. */
const madeFolders = new Set(["node_modules", "dist", "coverage", ".git", ".skylark"]);

/** Every written file below `root`, as paths relative to it with forward slashes, sorted. */
export function listFiles(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (madeFolders.has(entry.name)) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  visit("");
  return found.toSorted();
}

export function isTypeScript(path: string): boolean {
  return /\.(ts|mts|tsx)$/.test(path) && !path.endsWith(".d.ts");
}

/** Made by a generator and kept, because making it needs more than this repository has. */
export function isGenerated(path: string): boolean {
  return path.includes("/src/generated/");
}

/** Proves or measures something; neither shipped nor part of the workshop. */
export function isTest(path: string): boolean {
  return /(^|\/)(test|e2e|bench)\//.test(path);
}

/** A TypeScript file, read and parsed. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly { readonly value: string; readonly start: number }[];
  /** The line, counted from 1, of an offset into the text. */
  lineAt(offset: number): number;
}

export function readSource(root: string, path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return {
    path,
    text,
    program,
    comments,
    lineAt(offset) {
      let low = 0;
      let high = lineStarts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((lineStarts[middle] as number) <= offset) low = middle;
        else high = middle - 1;
      }
      return low + 1;
    },
  };
}

export function visitSource(source: Source, visitor: VisitorObject): void {
  new Visitor(visitor).visit(source.program);
}

/** The nodes directly below `node`. */
export function childNodes(node: Node): Node[] {
  const children: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value = (node as unknown as Record<string, unknown>)[key];
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (child !== null && typeof child === "object" && "type" in child) children.push(child as Node);
    }
  }
  return children;
}

/** One module named by another, in whatever form. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
  /** The names taken, as the other module calls them. */
  readonly names: readonly string[];
}

export function importsOf(source: Source): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, start: number, typeOnly: boolean, names: readonly string[] = []): void => {
    imports.push({ specifier, line: source.lineAt(start), typeOnly, names });
  };
  visitSource(source, {
    ImportDeclaration(node) {
      const named = node.specifiers.filter((specifier) => specifier.type === "ImportSpecifier");
      const onlyTypes = named.length > 0 && named.length === node.specifiers.length;
      const typeOnly = node.importKind === "type" || (onlyTypes && named.every((one) => one.importKind === "type"));
      const names = named.map(({ imported }) => (imported.type === "Literal" ? imported.value : imported.name));
      add(node.source.value, node.start, typeOnly, names);
    },
    ExportNamedDeclaration(node) {
      if (!node.source) return;
      const typeOnly = node.exportKind === "type" || node.specifiers.every((one) => one.exportKind === "type");
      add(node.source.value, node.start, typeOnly);
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.start, node.exportKind === "type");
    },
    ImportExpression(node) {
      if (node.source.type === "Literal" && typeof node.source.value === "string") {
        add(node.source.value, node.start, false);
      }
    },
    TSImportType(node) {
      add(node.source.value, node.start, true);
    },
  });
  return imports;
}
