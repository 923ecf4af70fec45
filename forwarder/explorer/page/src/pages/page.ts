// What a page is: what it asks for, and what it makes of the answers.

import type { Status } from "../api";
import type { Place } from "../place";

export type Context = {
  place: Place;
  status: Status;
  signal: AbortSignal;
  /** Goes to another address; `replace` leaves no step in the history, as while typing. */
  go: (address: string, how?: "push" | "replace") => void;
  /** Shows another range of time. */
  zoom: (since: number, until: number) => void;
};

export type Page = {
  title: string;
  /** Address of the item of the navigation that it belongs to. */
  nav: string;
  content: Node[];
};

export type Load = (context: Context) => Promise<Page>;
