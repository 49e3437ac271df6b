import type { CommandContext } from "../context.js";
import { type FilterOptions, filterWords } from "../options/filters.js";

/** The word for people where a list is empty. */
export function noneFits(context: CommandContext, what: string, options: FilterOptions): void {
  const filter = filterWords(options);
  const { cluster } = context.settings;
  context.remark(
    filter === ""
      ? `no ${what} is registered in the cluster "${cluster}"`
      : `no ${what} in the cluster "${cluster}" fits ${filter}`,
  );
}
