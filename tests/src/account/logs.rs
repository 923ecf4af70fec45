//! Generated logs of an account.

use super::{ACCOUNT, REGION};
use crate::rng::Rng;

/// Number and times of the generated events.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Log groups, each of one function.
    pub groups: usize,
    /// Log streams of each group.
    pub streams: usize,
    /// Invocations in each stream, each with five events.
    pub invocations: usize,
    /// Time of the first event in Unix milliseconds.
    pub since_ms: i64,
    /// Time after the last event.
    pub until_ms: i64,
}

/// Log event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoggedEvent {
    /// Event id of CloudWatch.
    pub id: String,
    /// Log group.
    pub group: String,
    /// Log stream.
    pub stream: String,
    /// Time in Unix milliseconds.
    pub time_ms: i64,
    /// Message.
    pub message: String,
}

/// All logs of the account.
pub(super) struct Logs {
    pub(super) shape: Shape,
    pub(super) events: Vec<LoggedEvent>,
}

impl Logs {
    pub(super) fn generate(shape: Shape) -> Self {
        let mut rng = Rng::new(19);
        let mut logs = Self { shape, events: Vec::new() };
        for group in 0..shape.groups {
            for _ in 0..shape.streams {
                let stream = format!("2026/03/04/[$LATEST]{}", rng.hex(32));
                for n in 0..shape.invocations {
                    logs.add_invocation(group, &stream, n, &mut rng);
                }
            }
        }
        logs
    }

    pub(super) fn function(group: usize) -> String {
        format!("function-{group:04}")
    }

    pub(super) fn group(group: usize) -> String {
        format!("/aws/lambda/{}", Self::function(group))
    }

    pub(super) fn group_arn(group: usize) -> String {
        format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{}", Self::group(group))
    }

    pub(super) fn function_arn(group: usize) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", Self::function(group))
    }

    /// Adds the lines of one invocation. Those of a stream do not overlap; those of several streams do.
    fn add_invocation(&mut self, group: usize, stream: &str, n: usize, rng: &mut Rng) {
        let n = i64::try_from(n).expect("small");
        let slot = (self.shape.until_ms - self.shape.since_ms)
            / i64::try_from(self.shape.invocations).expect("small");
        let spread = u64::try_from((slot - 2_000).max(1)).expect("positive");
        let start = self.shape.since_ms + n * slot + i64::try_from(rng.below(spread)).expect("small");
        let request = rng.uuid();
        let messages = [
            format!("START RequestId: {request} Version: $LATEST"),
            format!("2026-03-04T10:00:00.200Z\t{request}\tINFO\torder \"{n}\" of\n\t{group} \u{fc}\u{1f600}"),
            format!("2026-03-04T10:00:00.300Z\t{request}\tWARN\tslow \\ shop"),
            format!("END RequestId: {request}"),
            format!(
                "REPORT RequestId: {request}\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB\t\
                 Max Memory Used: 95 MB"
            ),
        ];
        for (message, after) in messages.into_iter().zip(0..) {
            let id = format!("{:056}", self.events.len());
            let (group, stream) = (Self::group(group), stream.to_owned());
            self.events.push(LoggedEvent { id, group, stream, time_ms: start + 100 * after, message });
        }
    }
}
