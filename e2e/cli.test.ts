import { once } from "node:events";
import { hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Program } from "./support/program.js";
import { Sky } from "./support/sky.js";
import { type ParticipantReady, World } from "./support/world.js";

type Office = Program<ParticipantReady>;

interface Listed {
  readonly instances: readonly Readonly<Record<string, unknown>>[];
}

/** Fields that every start makes anew. */
const fresh = { pid: expect.any(Number), startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) };

describe("sky, looking at two processes", () => {
  let world: World;
  let sky: Sky;
  let one: Office;
  let other: Office;

  beforeAll(async () => {
    world = new World();
    sky = new Sky(world.home);
    one = await world.start("office", { env: { SKYLARK_TAGS: "gpu,big", SKYLARK_PORT: "0" } });
    other = await world.start("office", {
      args: ["--version", "1.3.0", "--idle"],
      env: { SKYLARK_REGION: "eu", SKYLARK_ZONE: "a", SKYLARK_WEIGHT: "50" },
    });
  });

  afterAll(() => world[Symbol.asyncDispose]());

  /** Its HTTP door is on the port that it listens on. */
  function urlOf({ ready }: Office): string {
    return ready.address.replace("tcp:", "http:");
  }

  function instance(office: Office, service: string): Record<string, unknown> {
    const isOne = office === one;
    return {
      id: office.ready.instance,
      service,
      version: service === "notes" ? "nightly" : isOne ? "1.2.0" : "1.3.0",
      address: office.ready.address,
      protocol: "skylark",
      url: urlOf(office),
      state: isOne ? "inRotation" : "outOfRotation",
      registered: isOne,
      region: isOne ? "local" : "eu",
      zone: isOne ? "" : "a",
      host: hostname(),
      tags: isOne ? ["gpu", "big"] : [],
      weight: isOne ? 100 : 50,
      requires: [],
      override: null,
      ...fresh,
    };
  }

  it("DISC-2.1 DISC-4.3 lists services, with who uses them", async () => {
    const host = hostname();
    const services = {
      protocols: ["skylark"],
      urls: [one, other].map(urlOf).toSorted(),
      instances: 2,
      inRotation: 1,
      regions: ["eu", "local"],
      hosts: [host],
    };
    const consumers = [one, other]
      .map(({ ready }) => ({ id: ready.instance, name: "grading", host, pid: ready.pid }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(await sky.json("services")).toEqual({
      cluster: "default",
      services: [
        { name: "grading", versions: ["1.2.0", "1.3.0"], ...services, consumers },
        { name: "notes", versions: ["nightly"], ...services, consumers: [] },
      ],
    });
    const [head, grading] = (await sky.out("services")).split("\n");
    expect(head).toBe(head?.toUpperCase());
    expect(grading).toMatch(
      /^grading +1\.2\.0, 1\.3\.0 +2, 1 in rotation +skylark +http:\S+, http:\S+ +eu, local +\S+ +grading$/,
    );
  });

  it("DISC-1.3 lists instances by service, version, region, zone, host and tag", async () => {
    const asked = async (...filter: string[]): Promise<unknown> =>
      (await sky.json<Listed>("instances", ...filter)).instances;
    expect(await asked("grading", "--version", "1.2")).toEqual([instance(one, "grading")]);
    expect(await asked("--service", "grading", "--region", "eu")).toEqual([instance(other, "grading")]);
    expect(await asked("notes", "--zone", "a", "--host", hostname())).toEqual([instance(other, "notes")]);
    expect(await asked("notes", "--tag", "big", "--tag", "gpu")).toEqual([instance(one, "notes")]);
    expect(await asked()).toHaveLength(4);
    expect(await sky.out("instances", "grading", "--version", "^1.3")).toContain(other.ready.instance);
  });

  it("says that nothing fits, by its exit code too", async () => {
    const nothing = await sky.run("instances", "--host", "pluto");
    expect(nothing).toEqual({ exitCode: 3, out: "", err: 'no instance in the cluster "default" fits --host pluto\n' });
    const { exitCode, out } = await sky.run("services", "--cluster", "elsewhere", "--json");
    expect({ exitCode, shape: JSON.parse(out) as unknown }).toEqual({
      exitCode: 3,
      shape: { cluster: "elsewhere", services: [] },
    });
  });

  it("RPC-14.3 OPS-1.2 calls a method by its name, with arguments as JSON or words", async () => {
    expect(JSON.parse(await sky.out("call", "grading.students"))).toEqual([
      { id: 1, name: "Ada" },
      { id: 2, name: "Grace" },
    ]);
    const grade = { studentId: 1, grade: "A" };
    expect(await sky.json("call", "grading.addGrade", JSON.stringify(grade))).toEqual({ result: { ...grade, id: 7 } });
    const echoed = await sky.json("call", "notes.echo", "-5", "word", "[null,true]");
    expect(echoed).toEqual({ result: [-5, "word", [null, true]] });
    expect(await sky.json("call", "notes.metadata", "--metadata", "a=1", "--metadata", "b=2=3")).toEqual({
      result: { a: "1", b: "2=3" },
    });
    expect(await sky.out("call", "notes.nothing")).toBe("");
    expect(await sky.json("call", "notes.nothing")).toEqual({ result: null });
    expect(await sky.json("call", "notes.bytes")).toEqual({ result: { base64: "c2t5" } });
  });

  it("calls one instance, in rotation or not, by id, the beginning of its id, or where it listens", async () => {
    const { instance: id, address } = other.ready;
    for (const name of [id, id.slice(0, 6), address.slice("tcp://".length)]) {
      expect(await sky.json("call", "grading.whoServes", "--instance", name)).toEqual({ result: id });
    }
    expect(await sky.json("call", "skylark.instance.heartbeat", "--instance", id)).toEqual({ result: "alive" });
  });

  it("tells a call's failure as the service told it, and ends with 1", async () => {
    const failed = await sky.run("call", "grading.student", "9");
    expect(failed).toEqual({ exitCode: 1, out: "", err: "sky: not_found: there is no student 9\n" });
    const { exitCode, out, err } = await sky.run("call", "grading.addGrade", '{"studentId":"x"}', "--json");
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    const { error } = JSON.parse(err) as { error: Record<string, unknown> };
    expect(error).toMatchObject({
      code: "invalid_argument",
      reason: "VALIDATION",
      message: expect.stringContaining("studentId"),
    });
    const late = await sky.run("call", "notes.held", "--timeout", "300ms");
    expect(late.exitCode).toBe(1);
    expect(late.err).toMatch(/^sky: deadline_exceeded: /);
    await other.ask("release");
    await one.ask("release");
  });

  it.each([
    [["call", "gradnig.students"], 'no service is called "gradnig": did you mean "grading"?'],
    [
      ["call", "grading.studnets"],
      '"grading" has no method "studnets": did you mean "students"? It has students, addGrade',
    ],
    [
      ["call", "grading.students", "--region", "eu"],
      "would fit, none is in rotation: --instance calls one all the same",
    ],
    [["call", "grading.students", "--instance", "zzz"], 'no instance is called "zzz"'],
    [["describe", "gradnig"], 'did you mean "grading"?'],
    [["config", "zzz"], "sky instances"],
    [["register", "zzz"], "sky instances"],
    [["unregister", "zzz"], "sky instances"],
    [["drain", "zzz"], "sky instances"],
  ])("sky %j says what there is instead, and ends with 3", async (argv, says) => {
    const { exitCode, out, err } = await sky.run(...argv);
    expect({ exitCode, out }).toEqual({ exitCode: 3, out: "" });
    expect(err).toMatch(/^sky: not_found: .*\n$/);
    expect(err).toContain(says);
  });

  it("RPC-14.1 describes a service in each of its versions, and all that an instance offers", async () => {
    interface Described {
      readonly descriptions: readonly {
        readonly instance: string;
        readonly services: readonly { readonly name: string; readonly version: string; readonly methods: unknown[] }[];
      }[];
    }
    const { descriptions } = await sky.json<Described>("describe", "grading");
    const versions = descriptions.map(({ instance: id, services }) => [id, services.map(({ version }) => version)]);
    expect(Object.fromEntries(versions)).toEqual({
      [one.ready.instance]: ["1.2.0"],
      [other.ready.instance]: ["1.3.0"],
    });
    expect(descriptions[0]?.services[0]?.methods[0]).toMatchObject({
      name: "students",
      shape: "unary",
      idempotent: true,
      description: "All students, by name.",
      output: { type: "array", items: { type: "object", required: ["id", "name"] } },
    });
    const whole = await sky.json<Described>("describe", one.ready.instance);
    expect(whole.descriptions[0]?.services.map(({ name }) => name).toSorted()).toEqual([
      "grading",
      "notes",
      "skylark.instance",
    ]);
    const text = await sky.out("describe", "grading");
    expect(text).toContain("  students(): { id: integer, name: string }[]  idempotent\n    All students, by name.\n");
    expect(text).toContain('  addGrade({ studentId: integer, grade: "A" | "B" | "C" }): { ');
  });

  it("CONF-2.4 shows the settings of an instance, and where each came from", async () => {
    const { instance: id } = other.ready;
    const config = await sky.json<{ settings: Record<string, unknown> }>("config", id);
    expect(config).toMatchObject({
      instance: id,
      settings: {
        region: { value: "eu", from: "environment", where: "SKYLARK_REGION" },
        weight: { value: 50, from: "environment", where: "SKYLARK_WEIGHT" },
        cluster: { value: "default", from: "default", where: "default" },
        advertise: { value: null, from: "default", where: "default" },
      },
    });
    expect(await sky.out("config", id)).toMatch(/^region +eu +environment +SKYLARK_REGION$/m);
  });

  it("is no consumer of what it calls and watches", async () => {
    await using events = sky.watch("grading");
    await events.next(({ kind }) => kind === "watching");
    await sky.out("call", "grading.students");
    const { services } = await sky.json<{ services: { consumers: { name: string }[] }[] }>("services");
    expect(services.flatMap(({ consumers }) => consumers.map(({ name }) => name))).toEqual(["grading", "grading"]);
  });

  it("ends without a word where its reader has read enough", async () => {
    const child = sky.spawn("watch", "--json");
    const errors: string[] = [];
    child.stderr?.on("data", (text: Buffer) => errors.push(text.toString()));
    await once(child.stdout as NodeJS.ReadableStream, "data");
    child.stdout?.destroy();
    const closed = once(child, "close");
    await sky.out("unregister", one.ready.instance, "--service", "notes");
    await sky.out("register", one.ready.instance, "--service", "notes");
    expect((await closed)[0]).toBe(0);
    expect(errors.join("")).toBe("");
  });
});
