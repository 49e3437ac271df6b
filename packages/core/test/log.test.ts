import { silentLog } from "@skylark/core";
import { expect, it, vi } from "vitest";

it("silentLog says nothing", () => {
  const spies = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  silentLog("error", "the store is on fire", { degrees: 451 });
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});
