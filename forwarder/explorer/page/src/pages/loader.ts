// Interface of a page: a function that requests its data and builds its content.

import type { Status } from "../api-types";
import type { Route } from "../route";

/** Arguments of a page. */
export type PageContext = {
  route: Route;
  status: Status;
  /** Aborts when another page is shown instead. */
  signal: AbortSignal;
  /** Shows another address; `replace` adds no entry to the browser's history, for changes while typing. */
  navigate: (address: string, mode?: "push" | "replace") => void;
  /** Shows another time range. */
  zoom: (since: number, until: number) => void;
};

export type Page = {
  title: string;
  /** Address of the item in the navigation that is marked as current. */
  nav: string;
  content: Node[];
  /** Called instead of loading the page again when the store has changed. */
  onChange?: () => void;
  /** Called when the content is shown. */
  onShown?: () => void;
};

export type PageLoader = (context: PageContext) => Promise<Page>;
