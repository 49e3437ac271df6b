import type { DirectoryInstance } from "@skylark/discovery/internal";
import { markIn, type Survey } from "./survey/survey.js";

/** What `GET /services` answers with. The names are those of the contract. */
export interface ServicesList {
  readonly Services: readonly ListedProvider[];
}

export interface ListedProvider {
  readonly Name: string;
  readonly URL: string;
  readonly Protocol: "skylark" | "http";
  /** `up`: participants that require it are told of it. */
  readonly State: "up" | "marked down" | "out of rotation";
  /** Why it is marked down. */
  readonly Why?: string;
  readonly RequiredServices: readonly string[];
}

/** All that can be reached by HTTP, marked down or not. */
export function servicesList({ instances }: Survey): ServicesList {
  const reachable = instances.filter(({ url, state }) => url !== undefined && state === "serving");
  return { Services: reachable.map(listed) };
}

function listed({ service, url = "", protocol, requires, effective, override }: DirectoryInstance): ListedProvider {
  const mark = override?.mark;
  return {
    Name: service,
    URL: url,
    Protocol: protocol,
    State: mark ? "marked down" : effective.registered ? "up" : "out of rotation",
    ...(mark && { Why: markIn(mark).why }),
    RequiredServices: requires,
  };
}
