import fc from "fast-check";
import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import type { ListedInstance } from "../../src/system/listed-instance.js";
import type { ListedConsumer } from "../../src/system/listed-service.js";
import { topologyOf } from "../../src/topology/topology.js";
import { topologyText } from "../../src/topology/topology-text.js";
import { type TreeNode, topologyTrees } from "../../src/topology/topology-tree.js";
import { listed } from "../listed.js";

function instance(service: string, parts: Partial<ListedInstance> = {}): ListedInstance {
  return listed({ service, id: `${service}-id`, ...parts });
}

function consumer(service: string, parts: Partial<ListedConsumer> = {}): ListedConsumer {
  return { id: "portal-id", service, name: "portal", host: "mars", pid: 4711, since: "2026", ...parts };
}

function drawn(instances: readonly ListedInstance[], consumers: readonly ListedConsumer[] = []): string {
  return topologyText(topologyTrees(topologyOf(instances, consumers)), createColors(false));
}

describe("the topology", () => {
  it("joins services by what their instances require, and processes that only call by what they use", () => {
    const grading = [instance("grading", { requires: ["log"] }), instance("grading", { id: "g2", requires: ["log"] })];
    const { nodes, edges } = topologyOf([...grading, instance("log")], [consumer("grading"), consumer("log")]);
    expect(nodes.map(({ id }) => id)).toEqual(["process:portal", "service:grading", "service:log"]);
    expect(edges).toEqual([
      { from: "process:portal", to: "service:grading" },
      { from: "process:portal", to: "service:log" },
      { from: "service:grading", to: "service:log" },
    ]);
    expect(nodes[0]).toMatchObject({ processes: [{ id: "portal-id", host: "mars", pid: 4711 }] });
  });

  it("takes a calling process for the services that it offers, the one that requires it first", () => {
    const office = [instance("grading", { id: "office" }), instance("notes", { id: "office" })];
    const uses = consumer("log", { id: "office", name: "grading" });
    const from = (all: readonly ListedInstance[]): string[] => topologyOf(all, [uses]).edges.map((edge) => edge.from);
    expect(from(office)).toEqual(["service:grading", "service:notes"]); // it has not said which
    const declared = instance("notes", { id: "office", requires: ["log"] });
    expect(from([office[0] as ListedInstance, declared])).toEqual(["service:notes"]);
  });

  it("knows what is missing, and what is marked down", () => {
    const marked = instance("grading", {
      requires: ["log"],
      override: { mark: { why: "three misses", by: "registry" } },
    });
    const { nodes } = topologyOf([marked], []);
    expect(nodes).toMatchObject([
      { name: "grading", missing: false, instances: [{ down: "three misses" }] },
      { name: "log", missing: true, instances: [], versions: [] },
    ]);
  });
});

describe("the tree", () => {
  it("grows from those that nobody requires; what several require has its branches once", () => {
    const text = drawn(
      [
        instance("grading", { requires: ["log", "mail"], address: "tcp://127.0.0.1:6000" }),
        instance("log", { address: "tcp://127.0.0.1:4000", requires: ["disk"] }),
        instance("log", { address: "tcp://127.0.0.1:4001", id: "l2", state: "outOfRotation", requires: ["disk"] }),
        instance("disk", { address: "tcp://127.0.0.1:4100" }),
        instance("averages", {
          protocol: "http",
          url: "http://127.0.0.1:7000",
          requires: ["grading"],
          version: "1",
          override: { mark: { why: "no answer\u001b[2J" } },
        }),
      ],
      [consumer("grading"), consumer("log"), consumer("log", { id: "p2", pid: 4712 })],
    );
    expect(text).toBe(
      `portal  2 processes: 4711 on mars, 4712 on mars
├─ grading 1.2.0  1 instance
│  │ • 127.0.0.1:6000
│  ├─ log 1.2.0  2 instances, 1 in use
│  │  │ • 127.0.0.1:4000
│  │  │ • 127.0.0.1:4001  out of rotation
│  │  └─ disk 1.2.0  1 instance
│  │       • 127.0.0.1:4100
│  └─ mail  missing: it is required, and nobody offers it
└─ log 1.2.0  2 instances, 1 in use  (see above)
averages 1  1 instance, 0 in use
│ • http://127.0.0.1:7000  http  down: no answer [2J
└─ grading 1.2.0  1 instance  (see above)
`,
    );
  });

  it("shows a circle once, with a mark, also where nobody enters it", () => {
    const circle = [
      instance("a", { requires: ["b"] }),
      instance("b", { requires: ["c"] }),
      instance("c", { requires: ["b"] }),
    ];
    const place = "• 127.0.0.1:4000";
    expect(drawn(circle)).toBe(
      [
        "a 1.2.0  1 instance",
        `│ ${place}`,
        "└─ b 1.2.0  1 instance",
        `   │ ${place}`,
        "   └─ c 1.2.0  1 instance",
        `      │ ${place}`,
        "      └─ b  ↻ a circle: it stands above\n",
      ].join("\n"),
    );
    expect(drawn(circle.slice(1))).toMatch(/^b [^]*└─ c [^]*└─ b {2}↻/);
    expect(drawn([instance("self", { requires: ["self"] })])).toMatch(/^self [^]*└─ self {2}↻/);
  });

  it("holds every node and every edge of any system, and ends", () => {
    const names = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const systems = fc.array(fc.tuple(names, fc.array(names, { maxLength: 4 })), { maxLength: 8 });
    fc.assert(
      fc.property(systems, (system) => {
        const graph = topologyOf(
          system.map(([service, requires], index) => instance(service, { id: `i${index}`, requires })),
          [],
        );
        const seen = new Set<string>();
        const edges = new Set<string>();
        const walk = ({ node, shown, branches }: TreeNode): void => {
          if (shown === "here") {
            expect(seen).not.toContain(node.id); // its branches are shown once
            seen.add(node.id);
          }
          for (const branch of branches) {
            edges.add(`${node.id} ${branch.node.id}`);
            walk(branch);
          }
        };
        for (const tree of topologyTrees(graph)) walk(tree);
        expect([...seen].toSorted()).toEqual(graph.nodes.map(({ id }) => id));
        expect([...edges].toSorted()).toEqual(graph.edges.map(({ from, to }) => `${from} ${to}`).toSorted());
      }),
    );
  });

  it("does not list hundreds of instances", () => {
    const many = Array.from({ length: 30 }, (_, index) => instance("log", { id: `i${index}` }));
    expect(drawn(many).split("\n")).toHaveLength(23);
    expect(drawn(many)).toContain("and 10 more: sky instances log");
  });
});
