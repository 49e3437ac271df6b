import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "skylark";
import { type Addresses, Launcher } from "./launcher/launcher.js";
import { nextSteps } from "./launcher/next-steps.js";
import { SupervisedPart } from "./launcher/supervised-part.js";
import { Voices } from "./launcher/voices.js";

/** What `npm start` runs: two instances of grading and a portal, each a process of its own, and this one, which ends last. */

const names = ["gradebook", "grading-1", "grading-2", "portal"] as const;
const voices = new Voices(names, (line) => console.log(line));
const say = voices.of("gradebook");

const application = new Application({
  name: "gradebook",
  log: (level, message) => {
    if (level !== "debug") say(message);
  },
});

const [grading1, grading2, portal] = [
  part("grading-1", "grading"),
  part("grading-2", "grading"),
  part("portal", "portal"),
];

function part(name: string, folder: string): SupervisedPart {
  return new SupervisedPart({
    name,
    script: scriptOf(folder),
    passOn: voices.of(name),
    say: (words) => say(`${name} ${words}`),
  });
}

function scriptOf(folder: string): string {
  return fileURLToPath(new URL(`./${folder}/main.js`, import.meta.url));
}

/** Ready is what answers: the page is asked for once, through all that stands behind it. */
async function opened(addresses: Addresses): Promise<void> {
  const url = addresses.get(portal.name) ?? "";
  const { status } = await fetch(`${url}/students`, { signal: AbortSignal.timeout(10_000) });
  if (status !== 200) throw new Error(`${url}/students answered ${status} when all parts were ready`);
  const lines = nextSteps({
    url,
    gradingPid: grading1.pid,
    gradingScript: relative(process.cwd(), scriptOf("grading")),
    home: application.settings.values.home,
  });
  for (const line of lines) console.log(line);
}

const launcher = new Launcher({ application, parts: [grading1, grading2, portal], opened, say });
process.exit(await launcher.run());
