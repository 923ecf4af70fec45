// Formatting of numbers, times and money, in the same form as the summary that the terminal shows.

import { type TimeParts, timeParts } from "./zone";

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
  if (n < 1024 ** 3) return `${(n / 1024 / 1024).toFixed(1)} MiB`;
  return `${(n / 1024 ** 3).toFixed(1)} GiB`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const twoDigits = (n: number) => String(n).padStart(2, "0");

function dayOf(time: TimeParts): string {
  return `${time.day} ${MONTHS[time.month]}`;
}

function clockOf(time: TimeParts): string {
  return `${twoDigits(time.hour)}:${twoDigits(time.minute)}`;
}

/** Time to the minute: `4 Mar 2026 10:00 UTC`. */
export function formatTime(ms: number): string {
  const time = timeParts(ms);
  return time === null ? UNKNOWN : `${dayOf(time)} ${time.year} ${clockOf(time)} ${time.zone}`;
}

/** Time to the millisecond: `4 Mar 2026 10:00:05.123 UTC`. */
export function formatExactTime(ms: number): string {
  const time = timeParts(ms);
  if (time === null) return UNKNOWN;
  const seconds = `${twoDigits(time.second)}.${String(time.milli).padStart(3, "0")}`;
  return `${dayOf(time)} ${time.year} ${clockOf(time)}:${seconds} ${time.zone}`;
}

/** Short time, always with its day: `3 Mar 14:20`, in another year than `reference` `3 Mar 2025 14:20`. */
export function formatClock(ms: number, reference: number): string {
  const time = timeParts(ms);
  if (time === null) return UNKNOWN;
  const year = time.year === timeParts(reference)?.year ? "" : ` ${time.year}`;
  return `${dayOf(time)}${year} ${clockOf(time)}`;
}

/** Day of a bucket that begins at midnight UTC: `3 Mar`, with `hasYear` `3 Mar 2026`. */
export function formatUtcDay(ms: number, hasYear: boolean): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return hasYear ? `${day} ${date.getUTCFullYear()}` : day;
}

/** Label of a time axis: the day at midnight, the day and time if `hasDay`, else the time; seconds below a minute. */
export function formatTick(ms: number, step: number, hasDay: boolean, hasYear: boolean): string {
  const time = timeParts(ms);
  if (time === null) return "";
  const day = hasYear ? `${dayOf(time)} ${time.year}` : dayOf(time);
  const clock = step < 60_000 ? `${clockOf(time)}:${twoDigits(time.second)}` : clockOf(time);
  if (time.hour === 0 && time.minute === 0 && time.second === 0) return day;
  return hasDay ? `${day} ${clock}` : clock;
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
