// Time zone in which the page shows times: UTC, or that of the browser.

export type Zone = "utc" | "local";

/** Parts of a point in time in the zone of the page. */
export type TimeParts = {
  year: number;
  /** From 0. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  milli: number;
  /** Name of the zone: `UTC`, or the difference from it, such as `UTC+2` or `UTC-3:30`. */
  zone: string;
};

let current: Zone = "utc";

export function setZone(zone: Zone): void {
  current = zone;
}

export function zone(): Zone {
  return current;
}

/** Parts of a time in milliseconds since the Unix epoch; null if no calendar has it. */
export function timeParts(ms: number): TimeParts | null {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return null;
  if (current === "local")
    return {
      year: date.getFullYear(),
      month: date.getMonth(),
      day: date.getDate(),
      hour: date.getHours(),
      minute: date.getMinutes(),
      second: date.getSeconds(),
      milli: date.getMilliseconds(),
      zone: offsetName(-date.getTimezoneOffset()),
    };
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    milli: date.getUTCMilliseconds(),
    zone: "UTC",
  };
}

/** Name of the zone that is so many minutes ahead of UTC. */
export function offsetName(minutes: number): string {
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "-" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** Text of a time for an input field of the type `datetime-local`. */
export function toInputText(ms: number): string {
  const bounded = Math.min(Math.max(ms, 0), 8.64e15);
  const shift = current === "local" ? new Date(bounded).getTimezoneOffset() * 60_000 : 0;
  return new Date(bounded - shift).toISOString().slice(0, 19);
}

/** Time of a text of such a field; NaN if it is none. */
export function fromInputText(text: string): number {
  return Date.parse(current === "local" ? text : `${text}Z`);
}
