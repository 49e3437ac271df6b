import { SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred } from "@skylark/core/internal";
import type { Connection } from "../connection/connection.js";
import { specialXids } from "../wire/headers.js";
import { JuteWriter } from "../wire/jute-writer.js";
import { writePacket } from "../wire/operation.js";
import { operations } from "../wire/operations.js";
import { refusedByServer } from "../zookeeper-error.js";
import type { Auth } from "./options.js";

interface Credential {
  readonly scheme: string;
  readonly packet: Buffer;
  /** Settles with the first answer of a server. */
  readonly accepted: Deferred<void>;
}

/** Who the client is to the servers: said to each anew, before anything else. */
export class Credentials {
  readonly #all: Credential[] = [];
  readonly #refused: (error: SkylarkError) => void;

  /** @param refused a server did not believe it, which ends the client */
  constructor(refused: (error: SkylarkError) => void) {
    this.#refused = refused;
  }

  add({ scheme, credentials }: Auth): Credential {
    const writer = new JuteWriter();
    const bytes = typeof credentials === "string" ? Buffer.from(credentials) : credentials;
    writePacket(writer, specialXids.auth, operations.auth, { scheme, credentials: bytes });
    const credential = { scheme, packet: writer.take(), accepted: deferred() };
    credential.accepted.promise.catch(() => {}); // nobody need wait for it
    this.#all.push(credential);
    return credential;
  }

  present(connection: Connection): void {
    for (const credential of this.#all) this.presentOne(credential, connection);
  }

  presentOne({ scheme, packet, accepted }: Credential, connection: Connection): void {
    connection.send({
      packet,
      xid: specialXids.auth,
      sent() {},
      replied: (error) => {
        if (error === 0) return accepted.resolve();
        const refusal = refusedByServer(error, `auth ${scheme}`, {});
        accepted.reject(refusal);
        this.#refused(refusal);
      },
      lost() {}, // the next connection hears it again
    });
  }

  /** Resolves when a server has accepted them all. */
  async accepted(): Promise<void> {
    await Promise.all(this.#all.map(({ accepted }) => accepted.promise));
  }

  /** Nothing is to come any more. */
  end(error: SkylarkError): void {
    for (const { accepted } of this.#all) accepted.reject(error);
  }
}

/** Waits for a server to accept, at most so long. */
export async function acceptedWithin({ scheme, accepted }: Credential, timeoutMs: number, clock: Clock): Promise<void> {
  const late = deferred();
  const timer = clock.after(timeoutMs, () =>
    late.reject(
      new SkylarkError(
        "deadline_exceeded",
        `auth ${scheme}: no answer within ${timeoutMs} ms; it is said again on every connection`,
      ),
    ),
  );
  try {
    await Promise.race([accepted.promise, late.promise]);
  } finally {
    timer.cancel();
  }
}
