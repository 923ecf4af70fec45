// Logs of an order system whose invocations are linked by X-Ray spans, SQS message ids and correlation ids.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const START = Date.UTC(2026, 2, 4, 9);
const ACCOUNT = "123456789012";
const QUEUE = `arn:aws:sqs:eu-west-1:${ACCOUNT}:orders`;

const hex = (number, digits) => number.toString(16).padStart(digits, "0");
const uuid = (number) => `8f5f3c1e-0d6b-4b0e-9f0a-${hex(number, 12)}`;

/** Log events of one invocation. `tracing` is X-Ray's: root, span and parent. */
function invocation({ time, duration, request, tracing, line, errorType }) {
  const header = tracing && {
    spanId: tracing.span,
    type: "X-Amzn-Trace-Id",
    value: `Root=${tracing.root};Parent=${tracing.parent};Sampled=1`,
  };
  const record = { requestId: request, version: "$LATEST", ...(header && { tracing: header }) };
  const metrics = {
    durationMs: duration,
    billedDurationMs: duration,
    memorySizeMB: 256,
    maxMemoryUsedMB: 90,
  };
  const platform = (type, at, more) => [
    at,
    { time: new Date(at).toISOString(), type, record: { ...record, ...more } },
  ];
  const app = { timestamp: new Date(time + 2).toISOString(), level: "INFO", requestId: request, ...line };
  return [
    platform("platform.start", time),
    [time + 2, app],
    platform("platform.report", time + duration, {
      metrics,
      status: errorType ? "error" : "success",
      ...(errorType && { errorType }),
    }),
  ].map(([timestamp, message]) => ({ timestamp, message: JSON.stringify(message) }));
}

/** Events of the functions for one order, by function: `web` calls `price`, and sends to the queue of `worker`. */
function order(number) {
  const time = START + number * 60_000;
  const root = `1-${hex(Math.floor(time / 1000), 8)}-${hex(number + 1, 24)}`;
  const [span, called] = [hex(2 * number + 1, 16), hex(2 * number + 2, 16)];
  const [correlation_id, messageId] = [`order-${hex(number, 8)}`, uuid(10_000 + number)];
  const record = { messageId, eventSourceARN: QUEUE };
  const attempts = number % 5 === 2 ? 2 : 1;
  return {
    web: invocation({
      time,
      duration: 200 + number,
      request: uuid(3 * number),
      tracing: { root, span, parent: "00000000000000ff" },
      line: { message: "queued", correlation_id, messageId },
    }),
    price: invocation({
      time: time + 20,
      duration: 40,
      request: uuid(3 * number + 1),
      tracing: { root, span: called, parent: span },
      line: { message: "price looked up", correlation_id },
    }),
    worker: Array.from({ length: attempts }, (_, attempt) =>
      invocation({
        time: time + 2_000 + attempt * 3_000,
        duration: 500,
        request: uuid(3 * number + 2),
        line: { message: "handling", correlation_id, Records: [record] },
        errorType: attempt + 1 < attempts ? "PaymentTimeout" : undefined,
      }),
    ).flat(),
  };
}

/** Writes the logs of `count` orders into a folder, a subscription document for each function. */
export function writeLinkedLogs(folder, count) {
  const orders = Array.from({ length: count }, (_, number) => order(number));
  for (const [place, name] of ["web", "price", "worker"].entries()) {
    const logEvents = orders
      .flatMap((one) => one[name])
      .map((event, number) => ({ id: String(place * 1e6 + number).padStart(56, "0"), ...event }));
    const document = {
      messageType: "DATA_MESSAGE",
      owner: ACCOUNT,
      logGroup: `/aws/lambda/${name}`,
      logStream: `2026/03/04/[$LATEST]${hex(place + 1, 32)}`,
      subscriptionFilters: ["tailwater"],
      logEvents,
    };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(document));
  }
}
