// Formatting of numbers, times and money, in the same form as the summary that the terminal shows.

/** Stands in place of an unknown value. */
export const UNKNOWN = "—";

/** A number with its unit apart, so that the unit can have a style of its own. */
export type Quantity = { text: string; unit: string };

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function formatCount(n: number | null | undefined): string {
  return n === null || n === undefined ? UNKNOWN : grouped.format(n);
}

/** `1 function`, `2 functions`. */
export function formatCounted(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** `0.94 %`, `3.1 %`, `42 %`: two significant digits; rounding never yields `0 %` or `100 %`. */
export function formatPercent(part: number, whole: number): string {
  if (whole === 0) return UNKNOWN;
  const share = (part / whole) * 100;
  if (part === 0) return "0 %";
  if (share < 0.005) return "<0.01 %";
  if (share < 0.995) return `${share.toFixed(2)} %`;
  if (share < 9.95) return `${share.toFixed(1)} %`;
  if (part < whole && share >= 99.5) return ">99 %";
  return `${Math.round(share)} %`;
}

/** `2.4 ms`, `768 ms`, `1.24 s`, `2 min 3 s`, `1 h 3 min`. */
export function durationQuantity(ms: number | null | undefined): Quantity {
  if (ms === null || ms === undefined) return { text: UNKNOWN, unit: "" };
  if (ms < 0.005) return { text: "0", unit: "ms" };
  if (ms < 0.995) return { text: ms.toFixed(2), unit: "ms" };
  if (ms < 9.95) return { text: ms.toFixed(1), unit: "ms" };
  if (ms < 999.5) return { text: ms.toFixed(0), unit: "ms" };
  if (ms < 9_995) return { text: (ms / 1e3).toFixed(2), unit: "s" };
  if (ms < 59_950) return { text: (ms / 1e3).toFixed(1), unit: "s" };
  const seconds = Math.round(ms / 1e3);
  if (seconds < 3_600) return { text: `${Math.floor(seconds / 60)} min ${seconds % 60}`, unit: "s" };
  const minutes = Math.round(ms / 6e4);
  return { text: `${grouped.format(Math.floor(minutes / 60))} h ${minutes % 60}`, unit: "min" };
}

export function formatDuration(ms: number | null | undefined): string {
  const { text, unit } = durationQuantity(ms);
  return unit ? `${text} ${unit}` : text;
}

/** `$1,234.50` from one dollar, less than that with at least two significant digits: `$0.412`, `$0.000012`. */
export function formatUsd(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return UNKNOWN;
  if (usd === 0) return "$0";
  if (usd < 1e-7) return "<$0.0000001";
  if (usd < 0.9995) {
    let decimals = 3;
    while (decimals < 8 && usd * 10 ** decimals < 9.95) decimals += 1;
    return `$${usd.toFixed(decimals)}`;
  }
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function formatBytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KiB`;
  return `${(n / 1024 / 1024).toFixed(1)} MiB`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const twoDigits = (n: number) => String(n).padStart(2, "0");

function dayOf(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** Time to the minute: `4 Mar 2026 10:00 UTC`. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  return `${dayOf(date)} ${date.getUTCFullYear()} ${time} UTC`;
}

/** Time to the millisecond: `4 Mar 2026 10:00:05.123 UTC`. */
export function formatExactTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(twoDigits).join(":");
  const millis = String(date.getUTCMilliseconds()).padStart(3, "0");
  return `${dayOf(date)} ${date.getUTCFullYear()} ${time}.${millis} UTC`;
}

/** Short time: `14:20` if it is on the day of `reference`, else `3 Mar 14:20`. */
export function formatClock(ms: number, reference: number): string {
  const [date, other] = [new Date(ms), new Date(reference)];
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  if (dayOf(date) === dayOf(other) && date.getUTCFullYear() === other.getUTCFullYear()) return time;
  if (Math.abs(ms - reference) > 300 * 86_400_000) return `${dayOf(date)} ${date.getUTCFullYear()}`;
  return `${dayOf(date)} ${time}`;
}

/** Length of a time range in one unit: `42 s`, `2 min`, `24 h`, `7 d`. */
export function formatSpan(ms: number): string {
  const seconds = Math.round(ms / 1e3);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(ms / 6e4);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(ms / 3.6e6);
  if (hours < 48) return `${hours} h`;
  return `${grouped.format(Math.round(ms / 8.64e7))} d`;
}

/** `2 min ago` if the newest data, of the time `reference`, is less than an hour old; else the short time. */
export function formatAge(ms: number, now: number, reference: number): string {
  if (now - reference < 3_600_000 && now >= ms) return `${formatSpan(now - ms)} ago`;
  return formatClock(ms, reference);
}
