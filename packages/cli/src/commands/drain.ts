import type { Command } from "commander";
import type { DrainReceipt } from "skylark";
import type { Sky } from "../sky.js";
import { namedNativeInstance } from "../system/instance-reference.js";

export function drain(sky: Sky): Command {
  return sky.command<{ readonly timeout?: number }>(
    {
      usage: "drain <instance>",
      summary: "Have an instance leave without losing a call, and print its receipts",
      examples: [
        ["sky drain k3f9", "by the beginning of its id"],
        ["sky drain 127.0.0.1:4000 --timeout 1m", "waits a minute for calls in flight"],
      ],
    },
    async (context, [reference = ""], { timeout }) => {
      const system = await context.system();
      const { instances } = await system.view();
      const named = namedNativeInstance(reference, instances);
      const timeoutMs = timeout ?? leavingMs(await system.instance(named).settings());
      const receipts = await system.instance(named, timeoutMs).drain();
      context.print({ instance: named.id, receipts }, () => receipts.map(receiptText).join(""));
      return undefined;
    },
  );
}

/** As long as the instance itself allows, and a little for the way. */
function leavingMs(settings: Readonly<Record<string, { readonly value: unknown }>>): number {
  const most = Number(settings["drainNoticeMs"]?.value) + Number(settings["drainTimeoutMs"]?.value);
  return (Number.isFinite(most) ? most : 32_000) + 5_000;
}

function receiptText(receipt: DrainReceipt): string {
  const { services, told, acknowledged, finished, refused, abandoned, tookMs } = receipt;
  return [
    `"${services.join(", ")}" left in ${tookMs} ms`,
    `  callers   ${acknowledged} of ${told} confirmed that they call others now`,
    `  calls     ${finished} finished, ${refused} sent elsewhere, ${abandoned} abandoned\n`,
  ].join("\n");
}
