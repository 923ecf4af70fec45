//! Names of resources: queues, topics, buckets, tables, buses, streams, APIs, state machines, functions and hosts.

use super::MAX_LENGTH;

/// Returns the name of the resource of an ARN, such as `SQS:orders`, or a function's own name; `None` for ARNs of other
/// services.
pub(super) fn of_arn(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    if scheme != "arn" || !partition.starts_with("aws") {
        return None;
    }
    let resource = parts.nth(2)?;
    let first = |text: &str| text.split(['/', ':']).next().unwrap_or_default().to_owned();
    let after = |prefix: &str| resource.strip_prefix(prefix).map(first);
    let name = match service {
        "sqs" => ["SQS:", &first(resource)].concat(),
        "sns" => ["SNS:", &first(resource)].concat(),
        "s3" => ["S3:", &first(resource)].concat(),
        "dynamodb" => ["DDB:", &after("table/")?].concat(),
        "kinesis" => ["KIN:", &after("stream/")?].concat(),
        "events" => ["EB:", &after("event-bus/").or_else(|| after("rule/"))?].concat(),
        "execute-api" => ["API:", &first(resource)].concat(),
        "states" => {
            ["SFN:", &after("stateMachine:").or_else(|| after("execution:")).or_else(|| after("express:"))?]
                .concat()
        }
        "lambda" => after("function:")?,
        _ => return None,
    };
    is_name(&name).then_some(name)
}

/// Returns the name of the resource that a URL names: `SQS:orders` for a queue URL, else `HTTP:host`.
pub(super) fn of_url(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (authority, path) = rest.split_once(['/', '?', '#']).unwrap_or((rest, ""));
    let host = authority.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
    if host.starts_with("sqs.") && host.contains("amazonaws.") {
        let queue = path.split(['/', '?']).nth(1).unwrap_or_default();
        let name = ["SQS:", queue].concat();
        return (!queue.is_empty() && is_name(&name)).then_some(name);
    }
    of_host(&host)
}

/// Returns `HTTP:host` for a host name with a dot.
pub(super) fn of_host(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let is_host =
        host.contains('.') && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    (is_host && host.len() <= MAX_LENGTH && host.bytes().any(|b| b.is_ascii_alphabetic()))
        .then(|| ["HTTP:", &host].concat())
}

/// True if a name is short enough, has only characters that AWS permits, and does not end after `Kind:`.
fn is_name(name: &str) -> bool {
    let is_valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'$');
    !name.ends_with(':') && name.len() <= MAX_LENGTH && name.bytes().all(is_valid)
}
