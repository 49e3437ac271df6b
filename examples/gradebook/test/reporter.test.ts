import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Ground, type RunningPart, RunningProcess } from "./running-process.js";

const folder = fileURLToPath(new URL("../reporter-python/", import.meta.url));
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };

/** The reporter as a process. Whoever starts it ends it. */
function startReporter(registry: string, ...args: string[]): RunningProcess & AsyncDisposable {
  const argv = [`${folder}reporter.py`, "--registry", registry, ...args];
  const reporter = new RunningProcess(spawn("python3", argv, { env, stdio: ["ignore", "pipe", "pipe"] }));
  const dispose = async (): Promise<void> => void (reporter.isRunning && (await reporter.kill()));
  return Object.assign(reporter, { [Symbol.asyncDispose]: dispose });
}

async function addGrade(grading: RunningPart, studentId: number, score: number): Promise<void> {
  const { status } = await fetch(`${grading.address}/students/${studentId}/grades`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subject: "Sums", kind: "Quiz", score }),
  });
  expect(status).toBe(201);
}

async function listed(registry: string): Promise<readonly { readonly Name: string; readonly State: string }[]> {
  const { Services } = (await (await fetch(`${registry}/services`)).json()) as {
    Services: { Name: string; State: string }[];
  };
  return Services;
}

describe("REG-2.1 the reporter, a participant in Python", () => {
  it("prints the averages when grades change, says when grading is away and when it is back, and leaves in order", async () => {
    await using ground = new Ground();
    const registry = await ground.part("registry");
    await using reporter = startReporter(registry.address);
    await reporter.says(/registered at/);
    const grading = await ground.part("grading");
    await reporter.says(/grading is there\nBenedikt 71\.0, .*Ada 91\.3, .*Dana –/);
    expect((await listed(registry.address)).map(({ Name }) => Name)).toContain("reporter");

    await addGrade(grading, 4, 60);
    await reporter.says(/Dana 60\.0/);
    await grading.kill();
    await reporter.says(/grading is away\n/);
    const again = await ground.part("grading");
    await reporter.says(/grading is away\ngrading is there\n.*Dana 60\.0/);

    await registry.kill(); // what is known is in memory
    await addGrade(again, 4, 90);
    await reporter.says(/Dana 75\.0/);
    const port = new URL(registry.address).port;
    const registryAgain = await ground.part("registry", { REGISTRY_PORT: port });
    expect(await reporter.kill("SIGTERM")).toBe(0);
    expect(reporter.output).toMatch(/\nleft\n$/);
    expect((await listed(registryAgain.address)).map(({ Name }) => Name)).not.toContain("reporter");
  });

  it("waits for a registry that is not there yet, and replaces its earlier self at the same port", async () => {
    await using ground = new Ground();
    const first = await ground.part("registry");
    const { port } = new URL(first.address);
    await first.kill();
    await using reporter = startReporter(first.address);
    const [, own = ""] = await reporter.says(/listening at http:\/\/127\.0\.0\.1:(\d+)/);
    await reporter.says(/waiting for the registry/);
    const registry = await ground.part("registry", { REGISTRY_PORT: port });
    await reporter.says(/registered at/);
    await reporter.kill();
    await using again = startReporter(registry.address, "--port", own);
    await again.says(/registered at/);
    const reporters = (await listed(registry.address)).filter(({ Name }) => Name === "reporter");
    expect(reporters).toEqual([expect.objectContaining({ State: "up" })]);
    expect(await again.kill("SIGINT")).toBe(0);
  });

  it("names the port that is taken, and what to say instead", async () => {
    await using ground = new Ground();
    const registry = await ground.part("registry");
    await using reporter = startReporter(registry.address, "--port", new URL(registry.address).port);
    expect(await reporter.ended).toBe(2);
    expect(reporter.output).toMatch(/port \d+ cannot be listened on .*--port/);
  });

  it("keeps to the contract, as its own tests say", () => {
    const python = spawnSync("python3", ["-W", "error", "-m", "unittest"], { cwd: folder, env, encoding: "utf8" });
    expect(python.status, python.stderr).toBe(0);
  });
});
