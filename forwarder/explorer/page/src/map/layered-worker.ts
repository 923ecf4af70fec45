// Worker that arranges a graph, so that the page answers meanwhile.

import { arrange } from "./layered";
import type { Drawable } from "./places";

addEventListener("message", ({ data }: MessageEvent<Drawable>) => postMessage(arrange(data)));
