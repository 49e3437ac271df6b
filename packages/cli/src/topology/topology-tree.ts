import type { Topology, TopologyNode } from "./topology.js";

/** A node where it stands in the tree. */
export interface TreeNode {
  readonly node: TopologyNode;
  /** `above`: its own branches are shown where it stood first; `circle`: it stands above itself. */
  readonly shown: "here" | "above" | "circle";
  /** What it requires; empty unless it is shown here. */
  readonly branches: readonly TreeNode[];
}

/**
 * The graph as trees, whose roots are those that nobody requires. Who is required by several stands below each of them, with
 * its branches the first time. In a circle that nobody enters, the first by name is taken for a root.
 */
export function topologyTrees({ nodes, edges }: Topology): readonly TreeNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const required = new Map<string, string[]>();
  for (const { from, to } of edges) required.set(from, [...(required.get(from) ?? []), to]);
  const shown = new Set<string>();
  const grow = (id: string, above: readonly string[]): TreeNode[] => {
    const node = byId.get(id);
    if (!node) return [];
    if (above.includes(id)) return [{ node, shown: "circle", branches: [] }];
    const below = required.get(id) ?? [];
    if (shown.has(id)) return [{ node, shown: "above", branches: [] }];
    shown.add(id);
    return [{ node, shown: "here", branches: below.flatMap((each) => grow(each, [...above, id])) }];
  };
  const entered = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const roots = nodes.filter(({ id }) => !entered.has(id)).flatMap(({ id }) => grow(id, []));
  const circles = nodes.flatMap(({ id }) => (shown.has(id) ? [] : grow(id, [])));
  return [...roots, ...circles];
}
