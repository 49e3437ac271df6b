import type { Command } from "commander";
import { UsageError } from "../failure.js";
import type { CommandWords, Sky } from "../sky.js";
import { namedInstance } from "../system/instance-reference.js";
import type { ListedInstance } from "../system/listed-instance.js";

interface RotationOptions {
  readonly service?: string;
}

/** `sky register` and `sky unregister`: the same but for where they lead. */
export function rotation(sky: Sky, words: CommandWords, registered: boolean): Command {
  const options = (command: Command): Command => command.option("--service <name>", "only this one of its services");
  return sky.command<RotationOptions>({ ...words, options }, async (context, [reference = ""], { service }) => {
    const system = await context.system();
    const { instances } = await system.view();
    const { id, offers } = namedInstance(reference, instances);
    const meant = offers.filter((offer) => service === undefined || offer.service === service);
    if (meant.length === 0) {
      const offered = offers.map((offer) => offer.service).join(", ");
      throw new UsageError(`instance ${id} does not offer "${service}": it offers ${offered}`);
    }
    const changed: ListedInstance[] = [];
    for (const offer of meant) changed.push(await system.setRegistered(offer, registered));
    const where = registered ? "in rotation" : "out of rotation: it runs on, and nobody chooses it";
    context.print({ instances: changed }, () =>
      changed.map((each) => `"${each.service}" on instance ${id} is ${where}\n`).join(""),
    );
    return undefined;
  });
}
