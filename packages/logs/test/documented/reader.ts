import { Logs } from "@skylark/logs";
import { connect } from "skylark";

const log = await connect(Logs, { readyWithinMs: 5000 });

export async function worst(since: Date): Promise<string[]> {
  const messages: string[] = [];
  for await (const page of log.read({ since: since.toISOString(), level: "error" })) {
    messages.push(...page.lines.map(({ message }) => message));
  }
  return messages;
}
