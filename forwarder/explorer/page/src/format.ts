// Numbers, times and money as people read them; the same words as the terminal's picture.

export const UNKNOWN = "—";

/** A number and its unit, so that the unit can be drawn quieter. */
export type Quantity = { text: string; unit: string };

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function count(n: number | null | undefined): string {
  return n === null || n === undefined ? UNKNOWN : grouped.format(n);
}

/** `0.94 %`, `3.1 %`, `42 %`: two digits that mean something; only nothing is 0 %, only all is 100 %. */
export function percent(part: number, whole: number): string {
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
export function duration(ms: number | null | undefined): Quantity {
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

export function said(quantity: Quantity): string {
  return quantity.unit ? `${quantity.text} ${quantity.unit}` : quantity.text;
}

/** Cents from a dollar on, below it two digits that mean something: `$1,234.50`, `$0.412`, `$0.000012`. */
export function dollars(usd: number | null | undefined): string {
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

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KiB`;
  return `${(n / 1024 / 1024).toFixed(1)} MiB`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number) => String(n).padStart(2, "0");

function day(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `4 Mar 2026 10:00 UTC`. */
export function moment(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  return `${day(date)} ${date.getUTCFullYear()} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC`;
}

/** `4 Mar 2026 10:00:05.123 UTC`. */
export function exactMoment(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day(date)} ${date.getUTCFullYear()} ${clock}.${String(date.getUTCMilliseconds()).padStart(3, "0")} UTC`;
}

/** `14:20` on the day of `reference`, else `3 Mar 14:20`. */
export function clock(ms: number, reference: number): string {
  const [date, other] = [new Date(ms), new Date(reference)];
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  if (day(date) === day(other) && date.getUTCFullYear() === other.getUTCFullYear()) return time;
  if (Math.abs(ms - reference) > 300 * 86_400_000) return `${day(date)} ${date.getUTCFullYear()}`;
  return `${day(date)} ${time}`;
}

/** A stretch of time in one unit: `42 s`, `2 min`, `24 h`, `7 d`. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1e3);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(ms / 6e4);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(ms / 3.6e6);
  if (hours < 48) return `${hours} h`;
  return `${grouped.format(Math.round(ms / 8.64e7))} d`;
}

/** How long ago, where that is of today; else when. */
export function since(ms: number, now: number, reference: number): string {
  if (now - reference < 3_600_000 && now >= ms) return `${span(now - ms)} ago`;
  return clock(ms, reference);
}
