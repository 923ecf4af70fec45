//! Forms of queries that are in common use.

use super::parsed_again;

const QUERIES: &[&str] = &[
    "fields @timestamp, @message | sort @timestamp desc | limit 25",
    "filter @message like /Exception/ | stats count(*) as exceptionCount by bin(5m) | sort exceptionCount desc",
    "fields @message | filter @message not like /Exception/",
    "fields f1, f2, f3 | sort f1 desc, f2 asc | limit 10",
    "filter @type = \"REPORT\" | fields @requestId, @billedDuration | sort by @billedDuration desc",
    "filter @type = \"REPORT\" | stats max(@memorySize / 1000 / 1000) as provisionedMB, \
     avg(@maxMemoryUsed / 1000 / 1000) as avgMB, provisionedMB - avgMB as overMB",
    "stats sum(packets) as packetsTransferred by srcAddr, dstAddr | sort packetsTransferred desc | limit 15",
    "filter isIpv4InSubnet(srcAddr, \"192.0.2.0/24\") | stats count(*) by dstPort",
    "filter eventSource=\"ec2.amazonaws.com\" | stats count(*) as eventCount by eventName, awsRegion | sort eventCount desc",
    "parse @message \"user=*, method:*, latency := *\" as @user,\n @method, @latency | stats avg(@latency) by @method,\n @user",
    "fields @message | parse @message \"* [*] *\" as loggingTime, loggingType, loggingMessage \
     | filter loggingType IN [\"ERROR\", \"INFO\"] | display loggingMessage, loggingType = \"ERROR\" as isError",
    "fields @timestamp, @message, server, severity | sort @timestamp desc | dedup server, severity | limit 5",
    "stats count(*) as n, count_distinct(@requestId) by datefloor(@timestamp, 1d) as day | sort day",
    "FIELDS @timestamp, @logStream\n| FILTER @logStream LIKE /abc/\n| STATS latest(@timestamp) AS t BY @logStream",
    "fields jsonParse(@message) as json_message | unnest json_message.users into user | stats count(*) by user.id, user.action",
    "fields tomillis(@timestamp) as millis | stats min(millis), max(millis), max(millis)-min(millis) as span by @requestId",
    "filter not (level = 'debug') and !ispresent(error) | fields substr(@message, 0, 10) as start",
    "stats count(*) as total, sum(strcontains(@message, 'x')) as xs, xs / total * 100 as pct by bin(1h) as hour",
    "fields strlen(@message) as len | stats pct(len, 99.9), min(len), stddev(len) | limit 1",
    "filter status in [500, 502, '503'] and path not in ['/health'] | stats count() by ceil(latency / 100) * 100 as bucket",
    "fields case(latency < 100, 'fast', latency < 1000, 'ok', 'slow') as speed, if(ispresent(x), x, 0) as y | stats sum(y) by speed",
    "stats count(*) as requests by bin(1m) | stats max(requests), avg(requests), pct(requests, 95)",
    "stats avg(latency) as l by bin(5m) as t, @log | stats max(l) by datefloor(t, 1h)",
    "fields @timestamp, @message # all\n# | filter level = 'ERROR'\n| limit 20 # few",
    "# only a comment first\nfields @message",
    "filter statusCode like /(?i)5\\d\\d/ or statusCode >= 500",
    "fields @duration/1000 as seconds, @memorySize/(1024*1024) as mb | filter seconds > 3 | sort seconds desc",
    "filter `detail-type` = 'x' and http.headers.`user-agent` like 'curl'",
    "stats count(*) by @aws.account, @aws.region",
    "parse @message /\\[(?<level>[A-Z]+)\\]\\s+(?<rest>.*)/ | filter level != 'INFO' | display @timestamp, level, rest",
    "fields greatest(@initDuration, 0) + @duration as total | sort total desc",
    "stats earliest(@timestamp) as first, latest(@timestamp) as last, last - first as ms by @requestId | filter ms > 1000",
    "fields fromMillis(parseDate(time, \"yyyy-MM-dd'T'HH:mm:ssX\")) as t, formatDate(@timestamp, '%H', 'Europe/Berlin') as h",
    "stats topk(3, url), values(status), histogram(latency, 100), rate(bytes, 1m), countOverTime(x), sum_over_time(y) by bin(1m)",
    "stats count(*) by values, count, limit, source, stats, fields",
];

#[test]
fn usual_queries_are_parsed() {
    for query in QUERIES {
        parsed_again(query).unwrap_or_else(|error| panic!("{error}\n{}", error.excerpt(query)));
    }
}
