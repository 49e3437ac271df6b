import { defineService } from "skylark";
import { z } from "zod";
import type { Attendant } from "./attendant.js";
import type { Marks } from "./health/marks.js";
import type { Survey } from "./survey/survey.js";

const Participant = z.object({
  id: z.string(),
  service: z.string(),
  url: z.string(),
  requires: z.array(z.string()),
  updateUrl: z.string(),
  heartbeatUrl: z.string(),
  /** When it registered. */
  since: z.string(),
  /** As this registry found it. `unchecked`: not asked yet. */
  health: z.enum(["unchecked", "well", "missing"]),
  /** When it answered last; null where this registry has not heard it. */
  lastSeen: z.string().nullable(),
  /** Why it is missing, where it is. */
  why: z.string().nullable(),
  mark: z.object({ by: z.string(), at: z.string(), why: z.string() }).nullable(),
  /** It would be marked down, were not a third of its service already. */
  withheld: z.boolean(),
  /** What is under way to it; null where it requires nothing. */
  patches: z
    .object({
      state: z.string(),
      /** Deliveries that failed in a row. */
      failures: z.number().int(),
      why: z.string().nullable(),
    })
    .nullable(),
});

/** A participant as the registry's own service tells of it. */
export type ParticipantStatus = z.infer<typeof Participant>;

/** What the registry offers to tools, by the native protocol and its port's door. */
export const RegistryContract = defineService("registry", {
  version: "1.0.0",
  methods: {
    participants: {
      output: z.array(Participant),
      idempotent: true,
      description: "Programs that take part by plain HTTP: how each is, and what it has yet to be told.",
    },
  },
});

export function participantStatus(attendant: Attendant, survey: Survey, marks: Marks): ParticipantStatus {
  const { participant, health, patches } = attendant;
  const { id, service, url, requires, updateUrl, heartbeatUrl, since } = participant;
  const seenAt = health.kind === "unchecked" ? undefined : health.seenAt;
  return {
    id,
    service,
    url,
    requires: [...requires],
    updateUrl,
    heartbeatUrl,
    since,
    health: health.kind,
    lastSeen: seenAt === undefined ? null : new Date(seenAt).toISOString(),
    why: health.kind === "missing" ? health.why : null,
    mark: survey.marks.get(id) ?? null,
    withheld: marks.isWithheld(id),
    patches: patches ? { ...patches, why: patches.why ?? null } : null,
  };
}
