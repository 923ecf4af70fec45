//! The named queries parse.

use super::check;

/// Names and queries.
const NAMED: &[(&str, &str)] = &[
    (
        "latency",
        r#"filter @type="REPORT"|stats min(@duration) as fastest,avg(@duration) as mean,max(@duration) as slowest by bin(10m)"#,
    ),
    (
        "percentiles",
        r#"filter @type="REPORT"|stats pct(@duration,50) as p50,pct(@duration,95) as p95,pct(@duration,99) as p99 by @log"#,
    ),
    (
        "slowest",
        r#"filter @type="REPORT"|fields @timestamp,@requestId,@duration as ms|sort ms desc|limit 30"#,
    ),
    (
        "slow-requests",
        r#"filter @type="REPORT"|filter @duration>3000|sort @timestamp desc|dedup @requestId|limit 30"#,
    ),
    ("rate", r#"filter @type="REPORT"|stats count(*) as runs by bin(1m)"#),
    (
        "peak",
        r#"filter @type="REPORT"|stats count(*) as runs by bin(5m)|stats max(runs) as top,avg(runs) as usual"#,
    ),
    (
        "warm",
        r#"filter @type="REPORT"|filter @message not like "Init Duration"|stats pct(@duration,90) as p90 by bin(15m)"#,
    ),
    (
        "cold",
        r#"filter @type="REPORT"|stats count(*) as runs,count(@initDuration) as cold,avg(@initDuration) as ms by bin(15m)"#,
    ),
    (
        "cold-share",
        r#"filter @type="REPORT"|stats sum(ispresent(@initDuration))/count()*100 as share by @log"#,
    ),
    (
        "cold-or-warm",
        r#"filter @type="REPORT"|fields coalesce(@initDuration,0)+@duration as whole,ispresent(@initDuration) as cold|stats count(*),pct(whole,99) by cold"#,
    ),
    (
        "longest-init",
        r#"filter ispresent(@initDuration)|fields @timestamp,@logStream,@initDuration|sort @initDuration desc|limit 30"#,
    ),
    (
        "restores",
        r#"filter @type="REPORT"|parse "Restore Duration: * ms" as ms|filter ispresent(ms)|stats count(*),pct(ms,95) by @log"#,
    ),
    ("runtimes", r#"parse /Runtime Version: (?<v>\S+)/|filter ispresent(v)|stats count(*) by v,bin(1d)"#),
    (
        "memory",
        r#"filter @type="REPORT"|stats max(@memorySize/1000/1000) as sizeMB,max(@maxMemoryUsed/1000/1000) as peakMB,sizeMB-peakMB as spareMB by @log"#,
    ),
    (
        "nearly-full",
        r#"filter @type="REPORT"|filter @maxMemoryUsed>=@memorySize*0.9|stats count_distinct(@requestId) by @log,bin(1h)"#,
    ),
    ("leak", r#"filter @type="REPORT"|stats max(@maxMemoryUsed)/1000000 as MB by bin(10m)"#),
    ("oom", r#"filter @message like /OutOfMemory|heap out of memory|signal: killed/|stats count(*) by @log"#),
    (
        "gb-seconds",
        r#"filter @type="REPORT"|stats sum(@billedDuration*@memorySize)/1000/1024000000 as gbs by @log|sort gbs desc"#,
    ),
    (
        "dearest",
        r#"filter @type="REPORT"|fields @timestamp,@requestId,@billedDuration as ms|sort ms desc|limit 50"#,
    ),
    (
        "billed",
        r#"filter @type="REPORT"|stats sum(@billedDuration)/1000 as seconds,count(*) as runs by bin(1d)"#,
    ),
    ("log-volume", r#"stats sum(strlen(@message))/1000000 as MB by @log|sort MB desc"#),
    ("errors", r#"filter @message like /(?i)error|exception/|sort @timestamp desc|limit 50"#),
    ("errors-over-time", r#"filter level="ERROR"|stats count(*) by service,bin(5m)"#),
    (
        "timeouts",
        r#"filter @message like "Task timed out"|parse "timed out after * seconds" as s|stats count(*),max(s) by @log"#,
    ),
    ("exits", r#"filter @message like /Process exited|Runtime.ExitError/|stats count(*) by bin(1h)"#),
    (
        "failed-runs",
        r#"filter @type="REPORT"|parse /Status: (?<status>\w+)/|filter ispresent(status)|stats count(*) by status,@log"#,
    ),
    (
        "kinds",
        r#"parse /(?<kind>[A-Z]\w+(Error|Exception))/|filter ispresent(kind)|stats count(*) as n,latest(@requestId) by kind|sort n desc"#,
    ),
    (
        "broken-deploy",
        r#"filter @message like /ImportModuleError|HandlerNotFound|Cannot find module/|stats count(*) by @log"#,
    ),
    (
        "denied",
        r#"filter @message like "not authorized to perform"|parse "perform: * on" as action|stats count(*) by action"#,
    ),
    (
        "throttled",
        r#"filter @message like /(?i)throttl|Rate exceeded|TooManyRequests/|stats count(*) by bin(5m)"#,
    ),
    ("network", r#"filter @message like /ECONNRESET|ETIMEDOUT|ENOTFOUND/|stats count(*) by @log"#),
    ("error-patterns", r#"filter level="ERROR"|pattern @message"#),
    ("new-errors", r#"filter @message like "ERROR"|pattern @message|diff previousDay"#),
    (
        "retries",
        r#"filter @type="REPORT"|stats count(*) as tries by @requestId|filter tries>1|sort tries desc"#,
    ),
    ("request", r#"filter @requestId="ID" or requestId="ID"|sort @timestamp asc"#),
    (
        "trace",
        r#"filter xray_trace_id="ID" or @xrayTraceId="ID"|fields @timestamp,@log,@message|sort @timestamp asc"#,
    ),
    ("stream", r#"filter @logStream="S"|sort @timestamp asc"#),
    ("newest", r#"fields @timestamp,@log,@message|sort @timestamp desc|limit 30"#),
    ("levels", r#"stats count(*) as n by level|sort n desc"#),
    ("routes", r#"stats count(*),pct(latency_ms,95) by http.path"#),
    ("5xx", r#"filter http.status>=500|stats count(*) as n by http.path,http.status|sort n desc"#),
    ("tenants", r#"filter ispresent(tenant)|stats count(*) as n,sum(cents) by tenant"#),
    ("powertools-cold", r#"filter cold_start=1|stats count(*) by function_name"#),
    ("records", r#"fields jsonParse(@message) as m|unnest m.Records into r|stats count(*) by r.eventSource"#),
    ("emf", r#"stats count(*) as n by _aws.CloudWatchMetrics.0.Namespace as space|filter ispresent(space)"#),
    (
        "json-runs",
        r#"filter type="platform.report"|stats count(*),pct(record.metrics.durationMs,95),max(record.metrics.maxMemoryUsedMB) by @log"#,
    ),
    (
        "json-failed",
        r#"filter type="platform.report" and record.status!="success"|stats count(*) by record.status,record.errorType"#,
    ),
    ("groups", r#"stats count(*) as n,fromMillis(latest(@timestamp)) as last by @log|sort n desc"#),
    ("secrets", r#"filter @message like /(?i)password=|AKIA[0-9A-Z]{16}/|limit 20"#),
    (
        "versions",
        r#"parse @logStream "*[*]*" as d,version,id|filter @type="REPORT"|stats count(*),avg(@duration) by version"#,
    ),
];

#[test]
fn named_queries_are_parsed() {
    assert_eq!(NAMED.len(), 50);
    for (name, query) in NAMED {
        super::parsed_again(query).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn named_queries_are_printed() {
    let query = |name| NAMED.iter().find(|(known, _)| *known == name).map(|(_, query)| *query).unwrap();
    check(
        query("memory"),
        "filter @type = \"REPORT\"\n| stats max(@memorySize / 1000 / 1000) as sizeMB, \
         max(@maxMemoryUsed / 1000 / 1000) as peakMB, sizeMB - peakMB as spareMB by @log",
    );
    check(
        query("failed-runs"),
        "filter @type = \"REPORT\"\n| parse /Status: (?<status>\\w+)/\n| filter isPresent(status)\n\
         | stats count(*) by status, @log",
    );
}
