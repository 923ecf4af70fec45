//! Sample logs: three invocations of one function (a cold start, a traced one, a timeout) as CloudWatch stores them.

use std::fmt::Write as _;

use serde_json::Value;

/// Log group.
pub const GROUP: &str = "/aws/lambda/checkout-api";
/// Function name.
pub const FUNCTION: &str = "checkout-api";
/// Log stream.
pub const STREAM: &str = "2026/03/04/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44";
/// Account id.
pub const ACCOUNT: &str = "123456789012";
/// Region, which the ARN in the `INIT_START` line names.
pub const REGION: &str = "eu-west-1";
/// Time of the first event: 2026-03-04 10:00:00 UTC, in ms since 1970.
pub const START_MS: i64 = 1_772_618_400_000;

/// Log event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Id as in CloudWatch: 56 digits, increasing.
    pub id: String,
    /// Milliseconds since 2026-03-04 10:00 UTC; below a minute.
    pub after_ms: i64,
    /// Message, with the trailing whitespace that Lambda writes.
    pub message: String,
}

/// Messages, 100 ms apart, with the details of real lines: tabs, `ms \t`, a newline before `XRAY`.
const MESSAGES: [&str; 12] = [
    "INIT_START Runtime Version: nodejs:22.mainline.v98\tRuntime Version ARN: \
     arn:aws:lambda:eu-west-1::runtime:a783cafe\n",
    "START RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Version: $LATEST\n",
    "2026-03-04T10:00:00.200Z\t8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\tINFO\torder 1001 \"paid\", 2 items\n",
    "2026-03-04T10:00:00.300Z\t8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\tWARN\tcard declined\n    at charge \
     (/var/task/index.js:10:11)\n    at Runtime.handler (/var/task/index.js:3:5)\n",
    "END RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\n",
    "REPORT RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\tDuration: 2.37 ms\tBilled Duration: 427 ms \
     \tMemory Size: 1024 MB\tMax Memory Used: 95 MB\tInit Duration: 423.98 ms\t\n",
    "START RequestId: 6234bffe-149a-b642-81ff-2e8e376d8aff Version: $LATEST\n",
    "END RequestId: 6234bffe-149a-b642-81ff-2e8e376d8aff\n",
    "REPORT RequestId: 6234bffe-149a-b642-81ff-2e8e376d8aff\tDuration: 46.84 ms\tBilled Duration: 47 ms \
     \tMemory Size: 1024 MB\tMax Memory Used: 96 MB\t\nXRAY TraceId: 1-5d8bba5a-dc2932496a65bab91d2d42d4\tSegmentId: \
     5ff79d2a06b82ad6\tSampled: true\t\n",
    "START RequestId: 7c9567b5-107b-4a6c-8798-0157ac21db52 Version: $LATEST\n",
    "END RequestId: 7c9567b5-107b-4a6c-8798-0157ac21db52\n",
    "REPORT RequestId: 7c9567b5-107b-4a6c-8798-0157ac21db52\tDuration: 3000.00 ms\tBilled Duration: 3000 ms \
     \tMemory Size: 1024 MB\tMax Memory Used: 97 MB\tStatus: timeout\n",
];

/// REPORT line of an invocation, for tests in which its numbers do not matter.
#[must_use]
pub fn report(request_id: &str) -> String {
    format!(
        "REPORT RequestId: {request_id}\tDuration: 2.37 ms\tBilled Duration: 3 ms\tMemory Size: 1024 MB\t\
         Max Memory Used: 95 MB"
    )
}

/// Events of the sample in order.
#[must_use]
pub fn events() -> Vec<Event> {
    events_from(0)
}

/// Events of the sample with ids from `first_id` on.
#[must_use]
pub fn events_from(first_id: usize) -> Vec<Event> {
    let times = (0..).step_by(100);
    let event = |(index, (message, after_ms)): (usize, (&&str, i64))| Event {
        id: format!("{:056}", first_id + index),
        after_ms,
        message: (*message).to_owned(),
    };
    MESSAGES.iter().zip(times).enumerate().map(event).collect()
}

/// Expected totals of the sample in every form.
pub const TOTALS: [(&str, u64); 7] = [
    ("invocations", 3),
    ("cold_starts", 1),
    ("restores", 0),
    ("errors", 1),
    ("timeouts", 1),
    ("out_of_memory", 0),
    ("billed_ms", 427 + 47 + 3000),
];

/// Checks the totals of a `--json` document for a number of copies of the sample.
///
/// # Panics
/// Panics if one differs.
pub fn check_totals(json: &Value, copies: u64) {
    let mut differences = String::new();
    for (name, each) in TOTALS {
        let (found, expected) = (&json["totals"][name], each * copies);
        if found.as_u64() != Some(expected) {
            writeln!(differences, "{name}: {found} instead of {expected}")
                .expect("writing to a string cannot fail");
        }
    }
    assert!(differences.is_empty(), "{differences}in {json:#}");
}
