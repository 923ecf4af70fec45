use tailwater_parser::line::Line;

use super::{
    metrics::{batch, show},
    *,
};

fn emf(dimension_sets: &str, unit: &str, members: &str) -> String {
    format!(
        "{{\"_aws\":{{\"Timestamp\":1,\"CloudWatchMetrics\":[{{\"Namespace\":\"shop\",\"Dimensions\":{dimension_sets},\
         \"Metrics\":[{{\"Name\":\"paid\",\"Unit\":\"{unit}\"}}]}}]}},{members}}}"
    )
}

/// Returns the metrics that these log lines declare as text. Each line is logged one second after the one before.
fn declared(lines: &[String]) -> String {
    let (origin, mut batch) = (origin("2026/03/04/[41]a"), batch());
    for (line, n) in lines.iter().zip(0..) {
        let record = Record { time: UnixMillis(TIME.0 + n * 1000), ..record(&origin, line) };
        let Line::Emf(emf) = &record.line else { panic!("{line} is no EMF") };
        batch.add_emf(&record, emf);
    }
    show(&mut batch)
}

#[test]
fn values_of_one_metric_share_a_histogram() {
    let line =
        |value: &str| emf("[[\"way\"]]", "Milliseconds", &format!("\"way\":\"card\",\"paid\":{value}"));
    insta::assert_snapshot!(declared(&[line("4"), line("[8,0]")]), @r#"
    service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1
      faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 aws.cloudwatch.namespace=shop way=card
        paid "ms" 3 from 0 to 8 sum 12, 1 zeros, 1/2^7: +[255:1 383:1] -[] 0..1000
    "#);
}

#[test]
fn declared_metrics_have_their_own_time_if_cloudwatch_accepts_it() {
    let window = |offset_ms: i64| {
        let time = TIME.0 + offset_ms;
        let line =
            emf("[[]]", "None", "\"paid\":1").replace("\"Timestamp\":1", &format!("\"Timestamp\":{time}"));
        let shown = declared(&[line]);
        shown.trim_end().rsplit(' ').next().unwrap_or_default().to_owned()
    };
    const HOUR: i64 = 3_600_000;
    assert_eq!(window(-65_000), "-65001..-65000");
    assert_eq!(window(HOUR), format!("{}..{HOUR}", HOUR - 1));
    assert_eq!(window(-14 * 24 * HOUR), format!("{}..{}", -14 * 24 * HOUR - 1, -14 * 24 * HOUR));
    assert_eq!(window(-15 * 24 * HOUR), "-1..0", "too old for CloudWatch");
    assert_eq!(window(3 * HOUR), "-1..0", "too far in the future for CloudWatch");
}

#[test]
fn negative_values_are_kept() {
    let line = |value: &str| emf("[[]]", "None", &format!("\"paid\":{value}"));
    insta::assert_snapshot!(declared(&[line("[-4,-2,-2]"), line("[1,1000000]")]), @r#"
    service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1
      faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 aws.cloudwatch.namespace=shop
        paid "" 5 from -4 to 1000000 sum 999993, 0 zeros, 1/2^2: +[-1:1 79:1] -[3:2 7:1] 0..1000
    "#);
    insta::assert_snapshot!(declared(&[line("-4")]), @r#"
    service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1
      faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 aws.cloudwatch.namespace=shop
        paid "" 1 from -4 to -4 sum -4, 0 zeros, 1/2^7: +[] -[255:1] -1..0
    "#);
}

#[test]
fn dimensions_separate_series_without_duplicate_attributes() {
    let line = |way: &str| {
        let sets = "[[\"way\",\"faas.name\"],[\"way\",\"way\"]]";
        emf(sets, "Count", &format!("\"faas.name\":\"mine\",\"way\":\"{way}\",\"paid\":1"))
    };
    insta::assert_snapshot!(declared(&[line("card"), line("ca\\\"sh")]), @r#"
    service.name=checkout cloud.provider=aws cloud.platform=aws_lambda cloud.resource_id=arn:aws:lambda:eu-west-1:012345678901:function:checkout faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1
      faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 aws.cloudwatch.namespace=shop faas.name=mine way=ca"sh
        paid "1" 1 from 1 to 1 sum 1, 0 zeros, 1/2^7: +[-1:1] -[] 999..1000
      faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 aws.cloudwatch.namespace=shop faas.name=mine way=card
        paid "1" 1 from 1 to 1 sum 1, 0 zeros, 1/2^7: +[-1:1] -[] -1..0
      faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 aws.cloudwatch.namespace=shop way=ca"sh
        paid "1" 1 from 1 to 1 sum 1, 0 zeros, 1/2^7: +[-1:1] -[] 999..1000
      faas.name=checkout faas.version=41 cloud.account.id=012345678901 cloud.region=eu-west-1 aws.cloudwatch.namespace=shop way=card
        paid "1" 1 from 1 to 1 sum 1, 0 zeros, 1/2^7: +[-1:1] -[] -1..0
    "#);
}

#[test]
fn line_without_metrics_yields_no_points() {
    assert_eq!(declared(&[emf("[[\"way\"]]", "Count", "\"paid\":1")]), "", "its dimension is missing");
}
