//! Finds the log groups to read, and the functions of an account.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;
use serde::Deserialize;
use serde_json::{Value, json};
use tailwater_forwarder::aws::{Call, element};
use tailwater_parser::UnixMillis;

use super::{account::Account, api::Api, error::PullError, functions, operation::Operation};

/// Start of the names of functions' log groups.
const LAMBDA: &str = "/aws/lambda/";
/// Maximum number of pages of a list, so that a list without end cannot fill the memory: 500,000 log groups.
const MAX_PAGES: usize = 10_000;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Choice of log groups.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names, in which `*`, `?` and `[…]` match as in globs, `*` also across `/`. Empty for those of all functions.
    pub patterns: Vec<Pattern>,
    /// Tags, of which a log group or its function must have all.
    pub tags: Vec<(String, String)>,
}

/// Log group to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Position of its account in the caller's list.
    pub account_index: usize,
    /// Account that owns it.
    pub account: String,
    /// Region.
    pub region: String,
    /// Name.
    pub name: String,
    /// Stored bytes, as of some hours ago.
    pub stored_bytes: u64,
    /// Time of its creation in Unix milliseconds.
    pub(super) created: i64,
    /// Days after which events are deleted; `None` if they are not.
    pub(super) retention_days: Option<i64>,
}

/// Log groups and functions of an account, and what could not be listed.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Log groups, ordered by name.
    pub groups: Vec<Group>,
    /// Configurations of functions with their tags, in the form of `aws lambda list-functions`.
    pub functions: Vec<Value>,
    /// Errors after which the rest was listed all the same.
    pub problems: Vec<PullError>,
}

impl Group {
    /// Key under which the store keeps how far it was read.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}:{}", self.account, self.region, self.name)
    }

    /// Estimates the stored bytes of `length` milliseconds before `until`.
    pub(super) fn estimated_bytes(&self, length: i64, until: UnixMillis) -> u64 {
        let age = until.0.saturating_sub(self.created).max(1);
        let kept = self.retention_days.map_or(age, |days| age.min(days.saturating_mul(DAY_MS)).max(1));
        let part = u128::from(self.stored_bytes) * u128::from(length.clamp(0, kept).unsigned_abs());
        u64::try_from(part / u128::from(kept.unsigned_abs())).unwrap_or(u64::MAX)
    }
}

/// Lists the log groups of an account that `selection` names, and its functions. A right that is missing is a problem in the
/// result, and the rest is listed.
///
/// # Errors
/// Returns an error if there are no credentials, or the run should stop.
pub async fn discover(
    api: &Api<'_>,
    account: &Account,
    account_index: usize,
    selection: &Selection,
) -> Result<Discovery, PullError> {
    let mut found = Discovery::default();
    let tags_of_functions = accept(tags_of_functions(api, account).await, &mut found.problems)?;
    let listed = accept(list_functions(api, account).await, &mut found.problems)?.unwrap_or_default();
    let tags_of_functions = tags_of_functions.unwrap_or_default();
    let tags = |function: &Value| tags_of_functions.get(function.get("FunctionArn")?.as_str()?);
    found.functions = listed.iter().map(|function| functions::kept(function, tags(function))).collect();
    let tagged = if selection.tags.is_empty() {
        None
    } else {
        let names = tagged_groups(api, account, &selection.tags, &listed).await;
        Some(accept(names, &mut found.problems)?.unwrap_or_default())
    };
    let mut groups = BTreeMap::new();
    for (prefix, pattern) in searches(selection, &listed) {
        let all = match accept(describe(api, account, account_index, &prefix).await, &mut found.problems)? {
            Some(all) => all,
            // A group that is named exactly can be read without the right to list groups.
            None if pattern.as_str() == prefix => {
                vec![undescribed(api, account, account_index, &prefix).await?]
            }
            None => continue,
        };
        let matching = all.into_iter().filter(|group| pattern.matches(&group.name));
        groups.extend(matching.map(|group| (group.name.clone(), group)));
    }
    let is_tagged = |group: &Group| tagged.as_ref().is_none_or(|tagged| tagged.contains(&group.name));
    found.groups = groups.into_values().filter(is_tagged).collect();
    Ok(found)
}

/// Turns an error that concerns one list into a problem.
fn accept<T>(result: Result<T, PullError>, problems: &mut Vec<PullError>) -> Result<Option<T>, PullError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error @ (PullError::Interrupted | PullError::Credentials(_) | PullError::Client(_))) => {
            Err(error)
        }
        Err(error) => {
            problems.push(error);
            Ok(None)
        }
    }
}

/// Returns prefixes of names to list, each with the pattern that the names must match. Without patterns they are the log
/// groups of functions, and those that functions are configured to write to.
fn searches(selection: &Selection, functions: &[Value]) -> Vec<(String, Pattern)> {
    let search = |pattern: &Pattern| {
        let text = pattern.as_str();
        let prefix = text.find(['*', '?', '[']).and_then(|at| text.get(..at)).unwrap_or(text);
        (prefix.to_owned(), pattern.clone())
    };
    if !selection.patterns.is_empty() {
        return selection.patterns.iter().map(search).collect();
    }
    let custom = functions.iter().filter_map(log_group).filter(|group| !group.starts_with(LAMBDA));
    let custom: BTreeSet<_> = custom.collect();
    let all = std::iter::once(format!("{LAMBDA}*")).chain(custom.into_iter().map(Pattern::escape));
    all.filter_map(|text| Pattern::new(&text).ok()).map(|pattern| search(&pattern)).collect()
}

/// Returns the names of the functions that write to the log groups of one account and region: those that log groups are
/// named after, and those that are configured so.
#[must_use]
pub fn functions_of(groups: &[&Group], functions: &[Value]) -> BTreeSet<String> {
    let Some(place) = groups.first() else { return BTreeSet::new() };
    let names: BTreeSet<_> = groups.iter().map(|group| group.name.as_str()).collect();
    // arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME
    let is_here = |function: &&Value| {
        let arn = text(function, "FunctionArn").unwrap_or_default();
        let mut parts = arn.split(':').skip(3);
        parts.next() == Some(&place.region) && parts.next() == Some(&place.account)
    };
    let (elsewhere, here): (Vec<_>, Vec<_>) = functions
        .iter()
        .filter(is_here)
        .partition(|function| log_group(function).is_some_and(|group| !names.contains(group)));
    let elsewhere: BTreeSet<_> =
        elsewhere.into_iter().filter_map(|function| text(function, "FunctionName")).collect();
    let named = names.iter().filter_map(|name| name.strip_prefix(LAMBDA));
    let named = named.filter(|name| !elsewhere.contains(*name)).map(str::to_owned);
    let configured = here.into_iter().filter(|function| log_group(function).is_some());
    named.chain(configured.filter_map(|function| text(function, "FunctionName"))).collect()
}

/// Log group that a function is configured to write to.
fn log_group(function: &Value) -> Option<&str> {
    function.get("LoggingConfig")?.get("LogGroup")?.as_str()
}

/// Lists all pages of a JSON operation: `list` is called with each, and returns the token of the next one.
async fn pages(
    api: &Api<'_>,
    account: &Account,
    operation: Operation,
    mut body: Value,
    token_member: &str,
    mut list: impl FnMut(&Value) -> Option<String>,
) -> Result<(), PullError> {
    for _ in 0..MAX_PAGES {
        let call = Call::Json { target: operation.target(), body: &body };
        let answer = api.call(account, operation, &call).await?;
        let page = serde_json::from_slice(&answer).map_err(|_| PullError::InvalidAnswer(operation))?;
        let Some(token) = list(&page).filter(|token| !token.is_empty()) else { return Ok(()) };
        if let Some(members) = body.as_object_mut() {
            members.insert(token_member.to_owned(), token.into());
        }
    }
    Err(PullError::InvalidAnswer(operation))
}

fn text(value: &Value, member: &str) -> Option<String> {
    value.get(member)?.as_str().map(str::to_owned)
}

fn list<'v>(value: &'v Value, member: &str) -> impl Iterator<Item = &'v Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// Log group in the answer of `DescribeLogGroups`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribedGroup {
    log_group_name: String,
    arn: String,
    #[serde(default)]
    stored_bytes: u64,
    #[serde(default)]
    creation_time: i64,
    retention_in_days: Option<i64>,
}

async fn describe(
    api: &Api<'_>,
    account: &Account,
    account_index: usize,
    prefix: &str,
) -> Result<Vec<Group>, PullError> {
    const OPERATION: Operation = Operation::DescribeLogGroups;
    let mut body = json!({"limit": 50});
    if let (false, Some(members)) = (prefix.is_empty(), body.as_object_mut()) {
        members.insert("logGroupNamePrefix".to_owned(), prefix.into());
    }
    let mut groups = Vec::new();
    let mut is_readable = true;
    pages(api, account, OPERATION, body, "nextToken", |page| {
        for group in list(page, "logGroups") {
            match DescribedGroup::deserialize(group) {
                Ok(group) => groups.push(read_group(group, account, account_index)),
                Err(_) => is_readable = false,
            }
        }
        text(page, "nextToken")
    })
    .await?;
    if is_readable { Ok(groups) } else { Err(PullError::InvalidAnswer(OPERATION)) }
}

fn read_group(group: DescribedGroup, account: &Account, account_index: usize) -> Group {
    // arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME
    let owner = group.arn.split(':').nth(4).unwrap_or_default().to_owned();
    Group {
        account_index,
        account: owner,
        region: account.region.to_string(),
        name: group.log_group_name,
        stored_bytes: group.stored_bytes,
        created: group.creation_time,
        retention_days: group.retention_in_days,
    }
}

/// Returns a log group of which only the name is known.
async fn undescribed(
    api: &Api<'_>,
    account: &Account,
    account_index: usize,
    name: &str,
) -> Result<Group, PullError> {
    const OPERATION: Operation = Operation::GetCallerIdentity;
    let form = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
    let answer = api.call(account, OPERATION, &Call::Form(form)).await?;
    let answer = String::from_utf8_lossy(&answer);
    let owner = element(&answer, "Account").ok_or(PullError::InvalidAnswer(OPERATION))?.to_owned();
    let region = account.region.to_string();
    Ok(Group { account_index, account: owner, region, name: name.to_owned(), ..Group::default() })
}

/// Lists the configurations of all functions.
async fn list_functions(api: &Api<'_>, account: &Account) -> Result<Vec<Value>, PullError> {
    const OPERATION: Operation = Operation::ListFunctions;
    let mut functions = Vec::new();
    let mut marker = String::new();
    for _ in 0..MAX_PAGES {
        let call = Call::Get(format!("/2015-03-31/functions/?MaxItems=50{marker}"));
        let answer = api.call(account, OPERATION, &call).await?;
        let page: Value = serde_json::from_slice(&answer).map_err(|_| PullError::InvalidAnswer(OPERATION))?;
        functions.extend(list(&page, "Functions").map(|function| functions::kept(function, None)));
        let Some(next) = text(&page, "NextMarker").filter(|next| !next.is_empty()) else {
            return Ok(functions);
        };
        marker = form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>().replace('+', "%20");
        marker.insert_str(0, "&Marker=");
    }
    Err(PullError::InvalidAnswer(OPERATION))
}

/// Returns the tags of all functions by their ARNs.
async fn tags_of_functions(
    api: &Api<'_>,
    account: &Account,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, PullError> {
    let body = json!({"ResourceTypeFilters": ["lambda:function"], "ResourcesPerPage": 100});
    let mut tags = BTreeMap::new();
    pages(api, account, Operation::GetResources, body, "PaginationToken", |page| {
        for resource in list(page, "ResourceTagMappingList") {
            let pair = |tag: &Value| Some((text(tag, "Key")?, text(tag, "Value")?));
            let own = list(resource, "Tags").filter_map(pair).collect();
            tags.extend(text(resource, "ResourceARN").map(|arn| (arn, own)));
        }
        text(page, "PaginationToken")
    })
    .await?;
    Ok(tags)
}

/// Returns the names of log groups that have all tags themselves, or whose function has them.
async fn tagged_groups(
    api: &Api<'_>,
    account: &Account,
    tags: &[(String, String)],
    functions: &[Value],
) -> Result<BTreeSet<String>, PullError> {
    let filters: Vec<_> = tags.iter().map(|(key, value)| json!({"Key": key, "Values": [value]})).collect();
    let body = json!({
        "TagFilters": filters,
        "ResourceTypeFilters": ["logs:log-group", "lambda:function"],
        "ResourcesPerPage": 100,
    });
    let mut names = BTreeSet::new();
    pages(api, account, Operation::GetResources, body, "PaginationToken", |page| {
        let arns = list(page, "ResourceTagMappingList").filter_map(|resource| text(resource, "ResourceARN"));
        names.extend(arns.filter_map(|arn| group_of_arn(&arn, functions)));
        text(page, "PaginationToken")
    })
    .await?;
    Ok(names)
}

/// Returns the name of the log group that an ARN names, or of the function that it names.
fn group_of_arn(arn: &str, functions: &[Value]) -> Option<String> {
    if let Some((_, name)) = arn.split_once(":log-group:") {
        return Some(name.strip_suffix(":*").unwrap_or(name).to_owned());
    }
    let (_, name) = arn.split_once(":function:")?;
    let own = functions.iter().find(|function| text(function, "FunctionArn").as_deref() == Some(arn));
    Some(own.and_then(log_group).map_or_else(|| format!("{LAMBDA}{name}"), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_listed_by_the_text_before_the_first_wildcard() {
        let patterns = ["/aws/lambda/pay-*", "/exact", "*", "/a?/b"].map(|text| Pattern::new(text).unwrap());
        let selection = Selection { patterns: patterns.to_vec(), tags: Vec::new() };
        let prefixes: Vec<_> = searches(&selection, &[]).into_iter().map(|(prefix, _)| prefix).collect();
        assert_eq!(prefixes, ["/aws/lambda/pay-", "/exact", "", "/a"]);
    }

    #[test]
    fn without_patterns_the_groups_of_functions_are_listed() {
        let function = |group: &str| json!({"LoggingConfig": {"LogGroup": group}});
        let functions =
            [function("/aws/lambda/a"), function("/team/shared"), function("/team/shared"), json!({})];
        let found = searches(&Selection::default(), &functions);
        let prefixes: Vec<_> = found.iter().map(|(prefix, _)| prefix.as_str()).collect();
        assert_eq!(prefixes, ["/aws/lambda/", "/team/shared"]);
        assert!(found[0].1.matches("/aws/lambda/a/b") && !found[1].1.matches("/team/shared2"));
    }

    #[test]
    fn functions_are_found_by_name_and_configuration() {
        let group = |name: &str| Group {
            account: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            name: name.to_owned(),
            ..Group::default()
        };
        let function = |region: &str, name: &str, group: &str| {
            json!({
                "FunctionArn": format!("arn:aws:lambda:{region}:123456789012:function:{name}"),
                "FunctionName": name,
                "LoggingConfig": {"LogGroup": group},
            })
        };
        let groups = ["/aws/lambda/a", "/aws/lambda/moved", "/team/shared"].map(group);
        let functions = [
            function("eu-west-1", "b", "/team/shared"),
            function("eu-west-1", "moved", "/team/other"),
            function("us-east-1", "c", "/team/shared"),
        ];
        let names = functions_of(&groups.iter().collect::<Vec<_>>(), &functions);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn size_is_estimated_by_age_and_retention() {
        let group = Group { stored_bytes: 1000, created: 0, ..Group::default() };
        let ten_days = UnixMillis(10 * DAY_MS);
        assert_eq!(group.estimated_bytes(DAY_MS, ten_days), 100);
        assert_eq!(group.estimated_bytes(20 * DAY_MS, ten_days), 1000);
        let short = Group { retention_days: Some(5), ..group };
        assert_eq!(short.estimated_bytes(DAY_MS, ten_days), 200);
    }

    #[test]
    fn tagged_function_stands_for_its_log_group() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
        let functions = [json!({"FunctionArn": arn, "LoggingConfig": {"LogGroup": "/team/f"}})];
        assert_eq!(group_of_arn(arn, &functions).as_deref(), Some("/team/f"));
        assert_eq!(group_of_arn(arn, &[]).as_deref(), Some("/aws/lambda/f"));
        let group = "arn:aws:logs:eu-west-1:123456789012:log-group:/a/b:*";
        assert_eq!(group_of_arn(group, &[]).as_deref(), Some("/a/b"));
        assert_eq!(group_of_arn("arn:aws:s3:::b", &[]), None);
    }
}
