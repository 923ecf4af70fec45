//! Simulated intakes of Datadog: they accept what the API's documentation allows, and reject everything else with a
//! reason.

use serde_json::Value;
use tailwater_parser::UnixMillis;

use super::{HOUR, MINUTE, NOW};

/// Returns the logs of a request body, or the reason why the API would reject the body or change one of its logs.
pub(super) fn take_logs(body: &[u8]) -> Result<Vec<Value>, String> {
    ensure(body.len() <= 5_000_000, "413: more than 5 MB")?;
    let items: Vec<Value> = serde_json::from_slice(body).map_err(|error| format!("400: {error}"))?;
    ensure(items.len() <= 1_000, "413: more than 1000 items")?;
    items.iter().try_for_each(check_log)?;
    Ok(items)
}

fn check_log(item: &Value) -> Result<(), String> {
    ensure(item.is_object(), "400: an item that is no object")?;
    ensure(item.to_string().len() <= 1_000_000, "spoiled: truncated to 1 MB")?;
    for text in ["id", "message", "ddsource", "ddsourcecategory", "service"] {
        ensure(item[text].is_string(), &format!("400: {text} is no text"))?;
    }
    for text in ["host", "ddtags"] {
        let is_filled = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        ensure(item.get(text).is_none_or(is_filled), &format!("spoiled: {text} is empty"))?;
    }
    let time = UnixMillis(item["timestamp"].as_i64().ok_or("400: no timestamp")?);
    ensure((-18 * HOUR..=10 * MINUTE).contains(&(time.0 - NOW.0)), "spoiled: timestamp out of range")?;
    let tags = item["ddtags"].as_str().unwrap_or_default();
    tags.split(',').filter(|_| !tags.is_empty()).try_for_each(check_tag)
}

/// Returns the series of a body of points, or the reason why the API would reject the body.
pub(super) fn take_points(body: &[u8]) -> Result<Vec<Value>, String> {
    ensure(body.len() <= 3_200_000, "413: more than 3.2 MB")?;
    let body: Value = serde_json::from_slice(body).map_err(|error| format!("400: {error}"))?;
    let series = body["series"].as_array().ok_or("400: no series")?;
    ensure(!series.is_empty(), "400: no series")?;
    series.iter().try_for_each(check_series)?;
    Ok(series.clone())
}

fn check_series(series: &Value) -> Result<(), String> {
    let name = series["metric"].as_str().ok_or("400: no metric")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    ensure(name.starts_with(|c: char| c.is_ascii_alphabetic()), "400: a name begins with no letter")?;
    ensure(name.len() <= 200 && name.chars().all(is_name), &format!("400: metric {name:?}"))?;
    ensure(series["type"] == "distribution", "400: type")?;
    let tags = series["tags"].as_array().ok_or("400: no tags")?;
    tags.iter().try_for_each(|tag| check_tag(tag.as_str().ok_or("400: a tag is no text")?))?;
    let points = series["points"].as_array().filter(|points| !points.is_empty()).ok_or("400: no points")?;
    points.iter().try_for_each(check_point)
}

fn check_point(point: &Value) -> Result<(), String> {
    let [second, values] = point.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err("400: a point is [time, [values]]".to_owned());
    };
    let age = NOW.0 - second.as_i64().ok_or("400: a time is no integer")? * 1_000;
    ensure((-10 * MINUTE..HOUR + 1_000).contains(&age), "dropped: time out of range")?;
    let values = values.as_array().filter(|values| !values.is_empty()).ok_or("400: no values")?;
    ensure(values.iter().all(Value::is_number), "400: a value is no number")
}

/// Returns an error if Datadog would change this tag when it stores it.
fn check_tag(tag: &str) -> Result<(), String> {
    let is_kept = |c: char| c.is_alphanumeric() || "_-:./".contains(c);
    let is_fine = tag.starts_with(char::is_alphabetic)
        && tag.chars().count() <= 200
        && tag.chars().all(is_kept)
        && tag.to_lowercase() == tag
        && !tag.ends_with(['_', ':'])
        && !tag.contains("__");
    ensure(is_fine, &format!("spoiled: tag {tag:?}"))
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

#[test]
fn invalid_bodies_are_rejected() {
    let refusal = |body: &str| take_logs(body.as_bytes()).unwrap_err();
    let item = |time: i64, tags: &str| {
        format!(
            r#"[{{"id":"","message":"","ddsource":"","ddsourcecategory":"","service":"","host":"h","timestamp":{time},"ddtags":"{tags}"}}]"#
        )
    };
    assert!(take_logs(item(NOW.0, "a:b").as_bytes()).is_ok());
    assert_eq!(refusal("[{}"), "400: EOF while parsing a list at line 1 column 3");
    assert_eq!(refusal(&item(NOW.0 - 19 * HOUR, "a:b")), "spoiled: timestamp out of range");
    assert_eq!(refusal(&item(NOW.0, "")), "spoiled: ddtags is empty");
    assert_eq!(refusal(&item(NOW.0, "a:B")), "spoiled: tag \"a:B\"");
    let point = |time: i64| {
        format!(r#"{{"series":[{{"metric":"m","type":"distribution","tags":[],"points":[[{time},[1]]]}}]}}"#)
    };
    assert!(take_points(point(NOW.0 / 1_000).as_bytes()).is_ok());
    assert_eq!(take_points(point(0).as_bytes()).unwrap_err(), "dropped: time out of range");
}
