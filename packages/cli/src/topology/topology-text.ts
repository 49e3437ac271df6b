import { stateWords } from "../output/state-words.js";
import { onOneLine } from "../output/table.js";
import type { Colours } from "../output/terminal.js";
import { placeOf } from "../system/listed-instance.js";
import type { NodeInstance, ProcessNode, ServiceNode } from "./topology.js";
import type { TreeNode } from "./topology-tree.js";

/**
 * Trees for people:
 *
 *     portal  process 4711 on mars
 *     └─ grading 1.2.0  2 instances
 *        │ • 127.0.0.1:4000
 *        │ • 127.0.0.1:4001  out of rotation
 *        └─ log  missing: it is required, and nobody offers it
 */
export function topologyText(trees: readonly TreeNode[], colours: Colours): string {
  return trees
    .flatMap((tree) => linesOf(tree, "", "", colours))
    .map((line) => `${line}\n`)
    .join("");
}

/** `first` stands before the node itself, `rest` before what belongs to it. */
function linesOf(tree: TreeNode, first: string, rest: string, colours: Colours): string[] {
  const { node, shown, branches } = tree;
  const { dim } = colours;
  const lines = [`${dim(first)}${nodeText(tree, colours)}`];
  if (shown !== "here") return lines;
  if (node.kind === "service") {
    const guide = dim(`${rest}${branches.length > 0 ? "│ " : "  "}`);
    lines.push(...instanceLines(node, colours).map((line) => `${guide}${line}`));
  }
  branches.forEach((branch, index) => {
    const isLast = index === branches.length - 1;
    lines.push(...linesOf(branch, `${rest}${isLast ? "└─ " : "├─ "}`, `${rest}${isLast ? "   " : "│  "}`, colours));
  });
  return lines;
}

function nodeText({ node, shown, branches: _ }: TreeNode, colours: Colours): string {
  const name = colours.bold(onOneLine(node.name));
  if (shown === "circle") return `${name}  ${colours.yellow("↻ a circle: it stands above")}`;
  const text = node.kind === "process" ? `${name}  ${processText(node)}` : serviceText(node, name, colours);
  return shown === "above" && node.kind === "service" && !node.missing
    ? `${text}  ${colours.dim("(see above)")}`
    : text;
}

function processText({ processes }: ProcessNode): string {
  const some = processes
    .slice(0, shownMax)
    .map(({ pid, host }) => (pid === 0 ? `on ${onOneLine(host)}` : `${pid} on ${onOneLine(host)}`));
  const more = processes.length > shownMax ? `, and ${processes.length - shownMax} more` : "";
  return `${processes.length === 1 ? "process" : `${processes.length} processes:`} ${some.join(", ")}${more}`;
}

function serviceText({ versions, instances, missing }: ServiceNode, name: string, { red, yellow }: Colours): string {
  if (missing) return `${name}  ${red("missing: it is required, and nobody offers it")}`;
  const count = instances.length === 1 ? "1 instance" : `${instances.length} instances`;
  const usable = instances.filter(({ state, down }) => state === "inRotation" && down === null).length;
  const all = usable === instances.length;
  const text = all ? count : `${count}, ${usable} in use`;
  return `${name} ${versions.map(onOneLine).join(", ")}  ${all ? text : yellow(text)}`;
}

/** More lines help nobody: `sky instances` lists all. */
const shownMax = 20;

function instanceLines({ name, instances }: ServiceNode, colours: Colours): string[] {
  const lines = instances.slice(0, shownMax).map((instance) => instanceText(instance, colours));
  if (instances.length <= shownMax) return lines;
  return [...lines, colours.dim(`  and ${instances.length - shownMax} more: sky instances ${onOneLine(name)}`)];
}

function instanceText(instance: NodeInstance, { dim, red, yellow }: Colours): string {
  const { protocol, url, state, down } = instance;
  const place = protocol === "http" && url !== null ? onOneLine(url) : placeOf(instance);
  const words = [place];
  if (protocol === "http") words.push(dim("http"));
  if (down !== null) words.push(red(`down: ${onOneLine(down)}`));
  else if (state !== "inRotation") words.push(yellow(stateWords[state]));
  return `${dim("•")} ${words.join("  ")}`;
}
