//! Messages on queues from one function to another: both log the id of the message, as functions with SQS do.

use super::day::LogStream;
use crate::{model::Function, rng::Rng, timestamp::Timestamp};

/// Queue between two functions of the demo.
struct Queue {
    name: &'static str,
    /// Function that sends messages, and the text of its line about an order. The line is JSON with an order id.
    sender: (&'static str, &'static str),
    /// Function that receives messages, and the text of its line about a message.
    receiver: (&'static str, &'static str),
    /// Minimum and maximum time from the sender's line to the receiver's, in milliseconds: the delay of the queue, and the
    /// receiver's time until it logs.
    delay_ms: (u64, u64),
}

const QUEUES: [Queue; 2] = [
    Queue {
        name: "emails",
        sender: ("checkout-api", "order placed"),
        receiver: ("notify-email", "sent order-confirmed for ord_"),
        delay_ms: (5_000, 30_000),
    },
    Queue {
        name: "invoices",
        sender: ("checkout-api", "order placed"),
        receiver: ("invoice-pdf", ": rendering "),
        delay_ms: (3_500, 15_000),
    },
];

/// Text before an order id, and the number of characters of the id.
const ORDER: (&str, usize) = ("ord_", 8);

/// Log streams of each function of the demo, by its name.
type Functions = [(String, Vec<LogStream>)];

/// Place of a line: numbers of the function, the log stream and the event.
type Place = [usize; 3];

/// Adds the id of a message to each line of a receiver and to the sender's line before it. A receiver's line before which
/// nothing was sent stays as it is: its message came from elsewhere.
pub(crate) fn connect(functions: &mut Functions, rng: &mut Rng) {
    for queue in &QUEUES {
        let mut sent = lines(functions, queue.sender);
        for (time, receiver) in lines(functions, queue.receiver) {
            let (shortest, longest) = queue.delay_ms;
            let is_before = |at: Timestamp| (shortest..longest).contains(&time.0.saturating_sub(at.0));
            let Some(latest) = sent.iter().rposition(|(at, _)| is_before(*at)) else { continue };
            let (_, sender) = sent.remove(latest);
            send(functions, queue, [sender, receiver], &rng.uuid());
        }
    }
}

/// Finds the lines of a function that contain a text and no message id yet, ordered by time.
fn lines(functions: &Functions, (function, text): (&str, &str)) -> Vec<(Timestamp, Place)> {
    let is_wanted = |message: &str| message.contains(text) && !message.contains("messageId");
    let mut lines = Vec::new();
    for (number, (_, streams)) in functions.iter().enumerate().filter(|(_, (name, _))| name == function) {
        for (stream, LogStream { events, .. }) in streams.iter().enumerate() {
            let found = events.iter().enumerate().filter(|(_, event)| is_wanted(&event.message));
            lines.extend(found.map(|(at, event)| (event.time, [number, stream, at])));
        }
    }
    lines.sort_unstable();
    lines
}

/// Writes the id of a message into the lines of its sender and its receiver, and the sender's order into the receiver's.
fn send(functions: &mut Functions, queue: &Queue, [sender, receiver]: [Place; 2], id: &str) {
    let (Function { region, account, .. }, sent) = line(functions, sender);
    let url = format!("https://sqs.{}.amazonaws.com/{account}/{}", region.name(), queue.name);
    let at = sent.find(ORDER.0).expect("the sender names the order");
    let order = sent.get(at..at + ORDER.0.len() + ORDER.1).expect("an order id is complete").to_owned();
    let with_id = format!("{order}\",\"queue_url\":\"{url}\",\"messageId\":\"{id}");
    *sent = sent.replacen(&order, &with_id, 1);

    let (_, received) = line(functions, receiver);
    if let Some(at) = received.find(ORDER.0) {
        received.replace_range(at..at + order.len(), &order);
    }
    let end = received.trim_end().len();
    received.insert_str(end, &format!(" messageId={id}"));
}

/// Function and message of a line.
fn line(functions: &mut Functions, [function, stream, event]: Place) -> (&Function, &mut String) {
    let stream = functions.get_mut(function).and_then(|(_, streams)| streams.get_mut(stream));
    let LogStream { environment, events, .. } = stream.expect("the log stream was found");
    let event = events.get_mut(event).expect("the line was found");
    (&environment.function, &mut event.message)
}
