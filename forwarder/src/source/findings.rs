//! Security Hub events: one EventBridge event holds several findings, each of which becomes a log event of its own.

use serde_json::value::RawValue;
use tailwater_parser::{UnixMillis, timestamp};

use super::members::{Members, member};

/// Log event made of one finding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// EventBridge event in which `detail.findings`, the list, is replaced by `detail.finding`, and the list `Resources`
    /// of the finding by an object `resources` with one member for each type of resource, as in Datadog's forwarder:
    /// `detail.finding.resources.AwsS3Bucket.Id`.
    pub(super) text: String,
    /// Time of the latest update of the finding; `None` if it names none.
    pub(super) time: Option<UnixMillis>,
}

/// Type of a resource that names none.
const UNTYPED: &str = "Other";

/// Returns a log event for each finding of a Security Hub event; `None` if it has no list of findings.
pub(super) fn separate(event: &str) -> Option<Vec<Finding>> {
    let detail = member_text(event, "detail")?;
    let findings: Vec<&RawValue> = serde_json::from_str(member_text(detail, "findings")?).ok()?;
    let finding = |finding: &RawValue| {
        let finding = finding.get();
        finding.starts_with('{').then(|| Finding {
            text: with(event, "detail", "detail", &with(detail, "findings", "finding", &by_type(finding))),
            time: updated(finding),
        })
    };
    let separated: Vec<_> = findings.into_iter().map(finding).collect::<Option<_>>()?;
    Some(separated).filter(|separated| !separated.is_empty())
}

/// Returns a finding with an object `resources` instead of the list `Resources`.
fn by_type(finding: &str) -> String {
    let resources = member_text(finding, "Resources");
    let list: Option<Vec<&RawValue>> = resources.and_then(|list| serde_json::from_str(list).ok());
    let Some(list) = list else { return finding.to_owned() };
    let mut types: Vec<(&str, Vec<String>)> = Vec::new();
    for resource in list.into_iter().map(RawValue::get) {
        let name = Members::of(resource.as_bytes())
            .and_then(|mut members| members.find(|member| member.name == b"Type")?.string())
            .unwrap_or(UNTYPED);
        let rest = without(resource, "Type");
        match types.iter_mut().find(|(other, _)| *other == name) {
            Some((_, same)) => same.push(rest),
            None => types.push((name, vec![rest])),
        }
    }
    let members = types.iter().map(|(name, resources)| match resources.as_slice() {
        [only] => format!("\"{name}\":{only}"),
        several => format!("\"{name}\":[{}]", several.join(",")),
    });
    let members: Vec<_> = members.collect();
    with(finding, "Resources", "resources", &format!("{{{}}}", members.join(",")))
}

/// Returns the time of the latest update of a finding, or of its creation.
fn updated(finding: &str) -> Option<UnixMillis> {
    let time = |name: &str| {
        let text = member_text(finding, name)?;
        timestamp::read_all(text.trim_matches('"'))
    };
    time("UpdatedAt").or_else(|| time("CreatedAt"))
}

fn member_text<'t>(object: &'t str, name: &str) -> Option<&'t str> {
    str::from_utf8(member(object.as_bytes(), name.as_bytes())?).ok()
}

/// Returns a JSON object with its member `name` replaced by another one. All other text stays as it is.
fn with(object: &str, name: &str, new_name: &str, new_value: &str) -> String {
    rewrite(object, name, Some(&format!("\"{new_name}\":{new_value}")))
}

/// Returns a JSON object without its member `name`; any other value as it is.
fn without(object: &str, name: &str) -> String {
    if object.starts_with('{') { rewrite(object, name, None) } else { object.to_owned() }
}

fn rewrite(object: &str, name: &str, instead: Option<&str>) -> String {
    let mut text = String::with_capacity(object.len());
    for member in Members::of(object.as_bytes()).into_iter().flatten() {
        let start = if text.is_empty() { "{" } else { "," };
        if member.name != name.as_bytes() {
            let (name, value) =
                (String::from_utf8_lossy(member.name), String::from_utf8_lossy(member.value()));
            text.extend([start, "\"", &name, "\":", &value]);
        } else if let Some(instead) = instead {
            text.extend([start, instead]);
        }
    }
    text.push_str(if text.is_empty() { "{}" } else { "}" });
    text
}
