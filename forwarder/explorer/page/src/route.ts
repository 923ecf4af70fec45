// URL of a page. It holds everything that the page shows, so that a link restores it.

import type { FunctionName, Query } from "./api";
import type { Status } from "./api-types";

export type Range = { since: number | null; until: number | null };

/** Time ranges of the range selector, by name; each ends at the latest stored time. */
export const SPANS: [string, number | null][] = [
  ["1h", 3_600_000],
  ["6h", 6 * 3_600_000],
  ["24h", 24 * 3_600_000],
  ["7d", 7 * 24 * 3_600_000],
  ["All", null],
];

export class Route {
  readonly path: string;
  readonly query: URLSearchParams;

  constructor(address: string) {
    const url = new URL(address, "http://page");
    this.path = url.pathname;
    this.query = url.searchParams;
  }

  /** Value of a parameter; empty if it is absent. */
  text(name: string): string {
    return this.query.get(name) ?? "";
  }

  /** Address of this route with changed parameters; empty ones are removed. */
  with(changes: Query, path = this.path): string {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === "") query.delete(name);
      else query.set(name, String(value));
    }
    const text = query.toString();
    return text ? `${path}?${text}` : path;
  }

  /** Address of another page with the same time range. */
  to(path: string, query: Query = {}): string {
    const range = Object.fromEntries(["range", "since", "until"].map((name) => [name, this.query.get(name)]));
    return new Route(path).with({ ...range, ...query });
  }

  toFunction(name: FunctionName): string {
    return this.to("/function", { name: name.function, account: name.account, region: name.region });
  }

  /** Time range of API requests. A named range ends just after the latest stored time. */
  range(status: Status): Range {
    const number = (name: string) => (/^-?\d+$/.test(this.text(name)) ? Number(this.text(name)) : null);
    const [since, until] = [number("since"), number("until")];
    if (since !== null || until !== null) return { since, until };
    const span = SPANS.find(([name]) => name === this.text("range"))?.[1] ?? null;
    if (span === null || status.last_ms === null) return { since: null, until: null };
    return { since: status.last_ms + 1 - span, until: null };
  }

  /** Name of the selected range in `SPANS`; null if the range is a custom one. */
  span(): string | null {
    if (this.query.has("since") || this.query.has("until")) return null;
    return SPANS.some(([name]) => name === this.text("range")) ? this.text("range") : "All";
  }
}
