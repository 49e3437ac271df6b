import { changesInWords, changesReportOf } from "./changes/changes-report.js";
import { measureChanges } from "./changes/measure-changes.js";
import { type ContenderName, suites } from "./contenders.js";
import { coordinationInWords, coordinationReportOf } from "./coordination-report.js";
import { driversInWords, driversReportOf } from "./drivers/drivers-report.js";
import { driverEngines, measureDrivers } from "./drivers/measure-drivers.js";
import { engineNames } from "./engines/engine.js";
import { instancesInWords, instancesReportOf } from "./instances/instances-report.js";
import { measureInstances } from "./instances/measure-instances.js";
import { type Measurement, measureAll } from "./measure.js";
import { reportInWords, reportOf } from "./report.js";
import { type HeavyContender, heavyContenders } from "./threads/heavy-contenders.js";
import { heavyInWords, heavyReportOf } from "./threads/heavy-report.js";
import { measureHeavy } from "./threads/measure-heavy.js";
import { versionsOf } from "./versions.js";

export interface CommandPlan {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly members: number;
  readonly isQuick: boolean;
}

export interface CommandReport {
  readonly json: object;
  readonly words: string;
}

interface Command {
  /** What `only` can choose from, in the order in which it runs. */
  readonly choices: readonly string[];
  /** Where nobody says how many. */
  readonly rounds: number;
  run(plan: CommandPlan, onProgress: (text: string) => void): Promise<CommandReport>;
}

export const commandNames = ["rpc", "coordination", "changes", "drivers", "instances", "threads"] as const;

export type CommandName = (typeof commandNames)[number];

export const commands: Record<CommandName, Command> = {
  rpc: contenders(suites.rpc, (measurements, versions) => {
    const json = reportOf(measurements);
    return { json, words: reportInWords(json, versions) };
  }),
  coordination: contenders(suites.coordination, (measurements, versions) => {
    const json = coordinationReportOf(measurements);
    return { json, words: coordinationInWords(json, versions) };
  }),
  changes: {
    choices: engineNames,
    rounds: 3,
    async run({ only, rounds, members, isQuick }, onProgress) {
      const size = isQuick
        ? { sessions: 4, processes: 2, warmUp: 6, changes: 6 }
        : { sessions: 200, processes: 4, warmUp: 120, changes: 300 };
      const engines = chosen(engineNames, only);
      const json = changesReportOf(await measureChanges({ engines, members, rounds, ...size }, onProgress));
      return { json, words: changesInWords(json) };
    },
  },
  drivers: {
    choices: driverEngines,
    rounds: 3,
    async run({ only, rounds, members, isQuick }, onProgress) {
      const times = isQuick ? { warmUpMs: 20, measureMs: 50 } : { warmUpMs: 1000, measureMs: 2000 };
      const engines = chosen(driverEngines, only);
      const json = driversReportOf(await measureDrivers({ engines, members, rounds, ...times }, onProgress));
      return { json, words: driversInWords(json) };
    },
  },
  instances: {
    choices: engineNames,
    rounds: 3,
    async run({ only, rounds, members, isQuick }, onProgress) {
      const size = isQuick ? { instances: 70, changes: 3 } : { instances: 5000, changes: 50 };
      const engines = chosen(engineNames, only);
      const json = instancesReportOf(await measureInstances({ engines, members, rounds, ...size }, onProgress));
      return { json, words: instancesInWords(json) };
    },
  },
  threads: {
    choices: Object.keys(heavyContenders),
    rounds: 5,
    async run({ only, rounds, isQuick }, onProgress) {
      const times = isQuick
        ? { burnMs: 2, warmUpMs: 20, measureMs: 100 }
        : { burnMs: 50, warmUpMs: 500, measureMs: 3000 };
      const contenders = chosen(Object.keys(heavyContenders) as HeavyContender[], only);
      const json = heavyReportOf(await measureHeavy({ contenders, rounds, ...times }, onProgress));
      return { json, words: heavyInWords(json) };
    },
  },
};

function contenders(
  choices: readonly ContenderName[],
  reported: (measurements: readonly Measurement[], versions: Record<string, string>) => CommandReport,
): Command {
  return {
    choices,
    rounds: 5,
    async run({ only, rounds, isQuick }, onProgress) {
      const wanted = chosen(choices, only);
      const versions = await versionsOf(wanted);
      const times = isQuick ? { warmUpMs: 50, measureMs: 100 } : { warmUpMs: 1000, measureMs: 2000 };
      return reported(await measureAll(wanted, { rounds, ...times }, onProgress), versions);
    },
  };
}

function chosen<Name extends string>(all: readonly Name[], only: readonly string[]): Name[] {
  return all.filter((name) => only.includes(name));
}
