import { connect } from "node:net";

const timeoutMs = 2000;

/** Asks a server one of its four-letter words (`ruok`, `srvr`, `mntr`, `dump`, …) and answers with what it says. */
export function fourLetterWord(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const answer: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(word));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer to ${word} within ${timeoutMs} ms`)));
    socket.on("data", (chunk) => answer.push(chunk));
    socket.once("error", reject);
    socket.once("close", () => resolve(Buffer.concat(answer).toString()));
  });
}

/** Whether somebody listens there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
