import { Histogram, metricsText } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";

describe("figures as Prometheus reads them", () => {
  it("have a HELP and a TYPE line each, and stay in their order", () => {
    const text = metricsText([
      { name: "b_total", help: "Second letter.", type: "counter", samples: [{ labels: {}, value: 3 }] },
      {
        name: "a_bytes",
        help: "First letter.",
        type: "gauge",
        samples: [
          { labels: { x: "1", y: "2" }, value: 0.5 },
          { labels: { x: "2" }, value: Number.POSITIVE_INFINITY },
          { labels: { x: "3" }, value: Number.NaN },
        ],
      },
      { name: "none_total", help: "Nothing yet.", type: "counter", samples: [] },
    ]);
    expect(text.split("\n")).toEqual([
      "# HELP b_total Second letter.",
      "# TYPE b_total counter",
      "b_total 3",
      "# HELP a_bytes First letter.",
      "# TYPE a_bytes gauge",
      'a_bytes{x="1",y="2"} 0.5',
      'a_bytes{x="2"} +Inf',
      'a_bytes{x="3"} NaN',
      "# HELP none_total Nothing yet.",
      "# TYPE none_total counter",
      "",
    ]);
  });

  it("carry any text as the value of a label, on one line", () => {
    const labels = { said: 'C:\\new "line"\nend' };
    const text = metricsText([{ name: "a", help: "One\\two\nthree", type: "gauge", samples: [{ labels, value: 1 }] }]);
    expect(text.split("\n").slice(0, 3)).toEqual([
      "# HELP a One\\\\two\\nthree",
      "# TYPE a gauge",
      String.raw`a{said="C:\\new \"line\"\nend"} 1`,
    ]);
  });

  it("are durations in seconds, each bucket with all that is shorter", () => {
    const durations = new Histogram();
    for (const ms of [0.01, 0.9, 1.5, 1.5, 3000, 200_000]) durations.record(ms);
    const lines = metricsText([
      { name: "took_seconds", help: "Took.", type: "histogram", samples: [{ labels: { method: "m" }, durations }] },
    ]).split("\n");
    expect(lines).toContain('took_seconds_bucket{method="m",le="0.000125"} 1');
    expect(lines).toContain('took_seconds_bucket{method="m",le="0.001"} 2');
    expect(lines).toContain('took_seconds_bucket{method="m",le="0.002"} 4');
    expect(lines).toContain('took_seconds_bucket{method="m",le="2.048"} 4');
    expect(lines).toContain('took_seconds_bucket{method="m",le="4.096"} 5');
    expect(lines).toContain('took_seconds_bucket{method="m",le="65.536"} 5');
    expect(lines.slice(-4)).toEqual([
      'took_seconds_bucket{method="m",le="+Inf"} 6',
      'took_seconds_sum{method="m"} 203.00391',
      'took_seconds_count{method="m"} 6',
      "",
    ]);
  });

  it("are zeros where nothing was counted", () => {
    const lines = metricsText([
      { name: "took_seconds", help: "Took.", type: "histogram", samples: [{ labels: {}, durations: new Histogram() }] },
    ]).split("\n");
    expect(lines).toHaveLength(2 + 20 + 3 + 1);
    for (const line of lines.slice(2, -1)) expect(line).toMatch(/ 0$/);
  });
});
