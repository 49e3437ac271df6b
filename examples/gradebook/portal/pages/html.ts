/** Markup that is safe to send: only `html` makes it, and `html` escapes whatever is not markup already. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  static of(pieces: readonly string[], values: readonly HtmlValue[]): Html {
    return new Html(
      pieces.map((piece, index) => (index === 0 ? piece : Html.#markupOf(values[index - 1]) + piece)).join(""),
    );
  }

  static #markupOf(value: HtmlValue): string {
    if (value === undefined || value === false) return "";
    if (value instanceof Html) return value.#markup;
    if (typeof value === "object") return value.map((one: HtmlValue) => Html.#markupOf(one)).join("");
    return String(value).replace(/[&<>"']/g, (letter) => entities[letter] as string);
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template. Nothing comes of `undefined` and `false`. */
export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A template of markup. Attributes stand in double quotes, so that the escaping holds in them as well. */
export function html(pieces: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return Html.of(pieces, values);
}
