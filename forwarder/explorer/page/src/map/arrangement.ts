// Arrangement of the map's nodes, made by a worker.

import type { Graph } from "./graph";
import type { Arrangement, Drawable } from "./places";

/** Arranges a graph; rejects when `signal` aborts. */
export function arrangement({ nodes, edges }: Graph, signal: AbortSignal): Promise<Arrangement> {
  const indexes = new Map(nodes.map(({ name }, index) => [name, index]));
  const drawable: Drawable = {
    names: nodes.map(({ name }) => name),
    edges: edges.map(({ from, to }) => [indexes.get(from) ?? 0, indexes.get(to) ?? 0]),
  };
  const worker = new Worker(new URL("./layered-worker.ts", import.meta.url), { type: "module" });
  return new Promise<Arrangement>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Arrangement>) => resolve(data));
    worker.addEventListener("error", (event) =>
      reject(new Error(`The map could not be arranged: ${event.message}`)),
    );
    signal.addEventListener("abort", () => reject(signal.reason));
    worker.postMessage(drawable);
  }).finally(() => worker.terminate());
}
