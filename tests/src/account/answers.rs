//! Answers of the operations.

use serde_json::{Value, json};

use super::{Behaviour, FUNCTION_SECRET, logs::Logs};

/// Page size of `ListFunctions` and `DescribeLogGroups`.
const LISTED: usize = 50;

pub(super) fn log_groups(logs: &Logs, body: &Value) -> Value {
    let prefix = body["logGroupNamePrefix"].as_str().unwrap_or_default();
    let groups: Vec<_> =
        (0..logs.shape.groups).filter(|group| Logs::group(*group).starts_with(prefix)).collect();
    let (page, next) = page(&groups, body["nextToken"].as_str(), LISTED);
    let describe = |group: &usize| {
        let arn = Logs::group_arn(*group);
        json!({
            "logGroupName": Logs::group(*group),
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "storedBytes": 1_000_000,
            "creationTime": logs.shape.since_ms,
        })
    };
    let mut answer = json!({"logGroups": page.iter().map(describe).collect::<Vec<_>>()});
    put(&mut answer, "nextToken", next);
    answer
}

/// Events stream after stream, as some servers order them.
pub(super) fn events(logs: &Logs, behaviour: &Behaviour, body: &Value) -> Value {
    let group = body["logGroupName"].as_str().unwrap_or_default();
    let (start, end) =
        (body["startTime"].as_i64().unwrap_or(0), body["endTime"].as_i64().unwrap_or(i64::MAX));
    let token = body["nextToken"].as_str();
    if behaviour.has_empty_pages && !token.is_some_and(|token| token.starts_with("full:")) {
        return json!({"events": [], "nextToken": format!("full:{}", token.unwrap_or("0"))});
    }
    let per_group = logs.events.len() / logs.shape.groups;
    let first = (0..logs.shape.groups).find(|index| Logs::group(*index) == group).unwrap_or(0) * per_group;
    let own = logs.events.iter().skip(first).take(per_group);
    let matching: Vec<_> = own.filter(|event| (start..=end).contains(&event.time_ms)).collect();
    let limit = body["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10_000);
    let size = if behaviour.page == 0 { limit } else { limit.min(behaviour.page) };
    let (page, next) = page(&matching, token.map(|token| token.trim_start_matches("full:")), size);
    let event = |event: &&super::LoggedEvent| {
        json!({
            "logStreamName": event.stream,
            "timestamp": event.time_ms,
            "message": event.message,
            "ingestionTime": event.time_ms + 500,
            "eventId": event.id,
        })
    };
    let mut answer = json!({"events": page.iter().map(event).collect::<Vec<_>>(), "searchedLogStreams": []});
    put(&mut answer, "nextToken", next);
    answer
}

/// Starts a query: its id holds all that the results depend on.
pub(super) fn start_query(body: &Value) -> Value {
    json!({"queryId": body.to_string()})
}

/// Rows of a query whose last command is `filter @message like /TEXT/` or `stats count(*)`, newest first.
pub(super) fn query_results(logs: &Logs, body: &Value, is_running: bool) -> Value {
    if is_running {
        return json!({"status": "Running", "results": []});
    }
    let started: Value =
        body["queryId"].as_str().and_then(|id| serde_json::from_str(id).ok()).unwrap_or_default();
    let query = started["queryString"].as_str().unwrap_or_default();
    if query.ends_with("stats count(*)") {
        return json!({"status": "Complete", "results": [[{"field": "count(*)", "value": "7"}]]});
    }
    let text = query.rsplit_once("like /").map_or("", |(_, text)| text.trim_end_matches('/'));
    let seconds = started["startTime"].as_i64().unwrap_or(0)..=started["endTime"].as_i64().unwrap_or(0);
    let is_found = |event: &&super::LoggedEvent| {
        started["logGroupName"] == event.group.as_str()
            && seconds.contains(&event.time_ms.div_euclid(1000))
            && event.message.contains(text)
    };
    let mut found: Vec<_> = logs.events.iter().filter(is_found).collect();
    found.sort_by_key(|event| std::cmp::Reverse(event.time_ms));
    let limit = started["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(1_000);
    let row = |event: &&super::LoggedEvent| {
        let time = jiff::Timestamp::from_millisecond(event.time_ms).expect("a time of this century");
        let time = time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
        let cell = |field: &str, value: &str| json!({"field": field, "value": value});
        json!([
            cell("@timestamp", &time),
            cell("@message", &event.message),
            cell("@logStream", &event.stream),
            cell("@ptr", &event.id),
        ])
    };
    json!({"status": "Complete", "results": found.iter().take(limit).map(row).collect::<Vec<_>>()})
}

pub(super) fn functions(logs: &Logs, request_line: &str) -> Value {
    let marker = request_line.split("Marker=").nth(1).and_then(|rest| rest.split([' ', '&']).next());
    let groups: Vec<_> = (0..logs.shape.groups).collect();
    let (page, next) = page(&groups, marker, LISTED);
    let configuration = |group: &usize| {
        json!({
            "FunctionName": Logs::function(*group),
            "FunctionArn": Logs::function_arn(*group),
            "Version": "$LATEST",
            "Architectures": ["arm64"],
            "Timeout": 9,
            "MemorySize": 256,
            "Runtime": "nodejs22.x",
            "Environment": {"Variables": {"TOKEN": FUNCTION_SECRET}},
        })
    };
    let mut answer = json!({"Functions": page.iter().map(configuration).collect::<Vec<_>>()});
    put(&mut answer, "NextMarker", next);
    answer
}

/// Hourly values of a metric: sums of the invocations in the range in two values, three throttled requests in the first
/// hour, and no value of metrics that do not apply.
pub(super) fn metrics(logs: &Logs, body: &Value) -> Value {
    let second = |member: &str| body[member].as_i64().unwrap_or(0);
    let (start, end) = (second("StartTime") * 1000, second("EndTime") * 1000);
    let result = |query: &Value| {
        let metric = &query["MetricStat"]["Metric"];
        let group = format!("/aws/lambda/{}", metric["Dimensions"][0]["Value"].as_str().unwrap_or_default());
        let is_report = |event: &&super::LoggedEvent| {
            event.group == group
                && event.message.starts_with("REPORT")
                && (start..end).contains(&event.time_ms)
        };
        let reports = i32::try_from(logs.events.iter().filter(is_report).count()).expect("few");
        let reports = f64::from(reports);
        let values = match metric["MetricName"].as_str() {
            Some("Invocations") => [reports / 2.0, reports / 2.0],
            Some("Duration") => [reports * 6.25, reports * 6.25],
            Some("Throttles") => [0.0, 3.0],
            Some("ConcurrentExecutions") => [2.0, 7.0],
            Some("Errors" | "DeadLetterErrors") => [0.0, 0.0],
            _ => return json!({"Id": query["Id"], "StatusCode": "Complete", "Timestamps": [], "Values": []}),
        };
        // The latest hour comes first.
        let hours = [start / 1000 + 3600, start / 1000];
        json!({"Id": query["Id"], "StatusCode": "Complete", "Timestamps": hours, "Values": values})
    };
    let queries = body["MetricDataQueries"].as_array().map(Vec::as_slice).unwrap_or_default();
    json!({"MetricDataResults": queries.iter().map(result).collect::<Vec<_>>()})
}

/// Every fourth function has the tag `team=pay`, the others `team=shop`.
pub(super) fn resources(logs: &Logs, body: &Value) -> Value {
    let team = |group: usize| if group.is_multiple_of(4) { "pay" } else { "shop" };
    let wanted = body["TagFilters"][0]["Values"][0].as_str();
    let is_wanted = |group: &usize| wanted.is_none_or(|wanted| wanted == team(*group));
    let groups: Vec<_> = (0..logs.shape.groups).filter(is_wanted).collect();
    let token = body["PaginationToken"].as_str().filter(|token| !token.is_empty());
    let (page, next) = page(&groups, token, 100);
    let resource = |group: &usize| {
        let tags = [json!({"Key": "team", "Value": team(*group)})];
        json!({"ResourceARN": Logs::function_arn(*group), "Tags": tags})
    };
    let mut answer = json!({"ResourceTagMappingList": page.iter().map(resource).collect::<Vec<_>>()});
    put(&mut answer, "PaginationToken", Some(next.unwrap_or_default()));
    answer
}

/// Returns a page of items, which begins at the position in the token, and the token of the next page.
fn page<'a, T>(items: &'a [T], token: Option<&str>, size: usize) -> (&'a [T], Option<String>) {
    let start = token.and_then(|token| token.parse().ok()).unwrap_or(0).min(items.len());
    let end = (start + size).min(items.len());
    (&items[start..end], (end < items.len()).then(|| end.to_string()))
}

fn put(answer: &mut Value, member: &str, value: Option<String>) {
    if let Some(value) = value {
        answer[member] = value.into();
    }
}
