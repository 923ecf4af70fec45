// Where the reader is: everything a page shows is in its address, so that a link restores it.

import type { Name, Query, Status } from "./api";

export type Range = { since: number | null; until: number | null };

/** Spans that the bar offers; they end where the store does. */
export const SPANS: [string, number | null][] = [
  ["1h", 3_600_000],
  ["6h", 6 * 3_600_000],
  ["24h", 24 * 3_600_000],
  ["7d", 7 * 24 * 3_600_000],
  ["All", null],
];

export class Place {
  readonly path: string;
  readonly query: URLSearchParams;

  constructor(address: string) {
    const url = new URL(address, "http://page");
    this.path = url.pathname;
    this.query = url.searchParams;
  }

  text(name: string): string {
    return this.query.get(name) ?? "";
  }

  /** The same place with other parameters; an empty one is left out. */
  with(changes: Query, path = this.path): string {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === "") query.delete(name);
      else query.set(name, String(value));
    }
    const text = query.toString();
    return text ? `${path}?${text}` : path;
  }

  /** Another page in the same range of time. */
  to(path: string, query: Query = {}): string {
    const kept = Object.fromEntries(["range", "since", "until"].map((name) => [name, this.query.get(name)]));
    return new Place(path).with({ ...kept, ...query });
  }

  toFunction(name: Name): string {
    return this.to("/function", { name: name.function, account: name.account, region: name.region });
  }

  /** The range in which numbers are asked for. A span ends just behind the last thing that is stored. */
  range(status: Status): Range {
    const number = (name: string) => (/^-?\d+$/.test(this.text(name)) ? Number(this.text(name)) : null);
    const [since, until] = [number("since"), number("until")];
    if (since !== null || until !== null) return { since, until };
    const span = SPANS.find(([name]) => name === this.text("range"))?.[1] ?? null;
    if (span === null || status.last_ms === null) return { since: null, until: null };
    return { since: status.last_ms + 1 - span, until: null };
  }

  /** The name of the span that is chosen; null where the range is one of the reader's own. */
  span(): string | null {
    if (this.query.has("since") || this.query.has("until")) return null;
    return SPANS.some(([name]) => name === this.text("range")) ? this.text("range") : "All";
  }
}
