import type { DirectoryInstance } from "@skylark/discovery/internal";
import { type Participant, participantIn } from "../participant/participant.js";
import { isSameList, type Provider } from "../patch/patch.js";

/** An instance's health mark, as far as it is understood. */
export interface Mark {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly why: string;
}

/** A service, as far as the registry cares. */
export interface SurveyedService {
  /** Who can be called by HTTP now: in rotation, not leaving, not marked down. Each once, sorted by URL. */
  readonly providers: readonly Provider[];
  /** Its instances, whatever they speak, that are not leaving. */
  readonly instances: number;
  /** Ids of those that are marked down. */
  readonly marked: ReadonlySet<string>;
}

/** All that the store tells of a cluster at one moment. Never changes: a change makes a new one. */
export interface Survey {
  /** As consumers see them. */
  readonly instances: readonly DirectoryInstance[];
  readonly services: ReadonlyMap<string, SurveyedService>;
  /** By id. */
  readonly participants: ReadonlyMap<string, Participant>;
  /** Of participants, by id. */
  readonly marks: ReadonlyMap<string, Mark>;
}

export const emptySurvey: Survey = { instances: [], services: new Map(), participants: new Map(), marks: new Map() };

/** What the instances come to. A list of providers that is as it was before is the same array as before. */
export function surveyOf(instances: readonly DirectoryInstance[], before: Survey): Survey {
  const participants = new Map<string, Participant>();
  const marks = new Map<string, Mark>();
  const byService = new Map<string, DirectoryInstance[]>();
  for (const instance of instances) {
    const participant = participantIn(instance);
    if (participant) participants.set(participant.id, participant);
    if (participant && instance.override?.mark) marks.set(participant.id, markIn(instance.override.mark));
    if (instance.state === "leaving") continue;
    const known = byService.get(instance.service);
    if (known) known.push(instance);
    else byService.set(instance.service, [instance]);
  }
  const services = new Map<string, SurveyedService>();
  for (const [name, own] of byService) services.set(name, surveyed(own, before.services.get(name)));
  return { instances, services, participants, marks };
}

/** What a participant shall hold: all providers of what it requires, without itself. */
export function wantedBy({ requires, service, url }: Participant, { services }: Survey): readonly Provider[] {
  const all = requires.flatMap((name) => services.get(name)?.providers ?? []);
  return requires.includes(service) ? all.filter(({ Name, URL }) => Name !== service || URL !== url) : all;
}

/** Whether a participant may have to hold something else. */
export function concerns({ requires }: Participant, before: Survey, after: Survey): boolean {
  return requires.some((name) => before.services.get(name)?.providers !== after.services.get(name)?.providers);
}

function surveyed(instances: readonly DirectoryInstance[], before: SurveyedService | undefined): SurveyedService {
  const byUrl = new Map<string, Provider>();
  for (const { service: Name, url, effective, override } of instances) {
    if (url !== undefined && effective.registered && !override?.mark) byUrl.set(url, { Name, URL: url });
  }
  const found = [...byUrl.values()].toSorted((one, other) => (one.URL < other.URL ? -1 : 1));
  const providers = before && isSameList(before.providers, found) ? before.providers : found;
  const marked = new Set(instances.filter(({ override }) => override?.mark).map(({ id }) => id));
  return { providers, instances: instances.length, marked };
}

export function markIn(mark: Readonly<Record<string, unknown>>): Mark {
  const text = (name: string): string => (typeof mark[name] === "string" ? mark[name] : "");
  return { by: text("by"), at: text("at"), why: text("why") };
}
