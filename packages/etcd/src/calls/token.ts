import type { Connection } from "../connection/connection.js";

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

type TokenState =
  | { readonly kind: "none" }
  | { readonly kind: "asked"; readonly token: Promise<string | undefined> }
  | { readonly kind: "held"; readonly token: string | undefined };

const noToken = { token: undefined };

/** The token that a user and password are exchanged for: asked for once, and again when it is refused. */
export class Token {
  readonly #credentials: Credentials | undefined;
  #state: TokenState = { kind: "none" };

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /** What goes along with a call, where that is known without asking. */
  get known(): { readonly token: string | undefined } | undefined {
    if (this.#credentials === undefined) return noToken;
    return this.#state.kind === "held" ? this.#state : undefined;
  }

  /** What goes along with a call; undefined where no credentials are given, or the cluster asks for none. */
  async of(connection: Connection, timeoutMs: number): Promise<string | undefined> {
    if (this.#credentials === undefined) return undefined;
    if (this.#state.kind === "held") return this.#state.token;
    if (this.#state.kind === "asked") return this.#state.token;
    const token = askFor(this.#credentials, connection, timeoutMs);
    const asked = { kind: "asked", token } as const;
    this.#state = asked;
    try {
      const held = await token;
      if (this.#state === asked) this.#state = { kind: "held", token: held };
      return held;
    } catch (error) {
      if (this.#state === asked) this.#state = { kind: "none" };
      throw error;
    }
  }

  /** It was refused. Others may have asked for a new one meanwhile. */
  forget(token: string | undefined): void {
    if (this.#state.kind === "held" && this.#state.token === token) this.#state = { kind: "none" };
  }
}

async function askFor(
  credentials: Credentials,
  connection: Connection,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    const { token } = await connection.services.auth.authenticate(credentials, { timeoutMs });
    return token;
  } catch (error) {
    if (error instanceof Error && error.message.includes("authentication is not enabled")) return undefined;
    throw error;
  }
}
