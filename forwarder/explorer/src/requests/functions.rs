//! Functions of a graph: their names, and what tells functions of one name apart.

use std::collections::{BTreeMap, BTreeSet};

/// Function as runs name it. An account or region that no log tells is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId {
    /// Name of the function.
    pub name: Box<str>,
    /// Account that owns it.
    pub account: Option<Box<str>>,
    /// Region.
    pub region: Option<Box<str>>,
}

/// Function of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphFunction {
    /// Name that no other function of the graph has: `api`, or `api@eu-west-1`, `api@123456789012` or
    /// `api@123456789012/eu-west-1` where several are named `api`.
    pub label: Box<str>,
    /// Name, account and region.
    pub id: FunctionId,
}

impl FunctionId {
    /// Creates the id of a function; an empty account or region is unknown.
    #[must_use]
    pub fn new(name: &str, account: Option<&str>, region: Option<&str>) -> Self {
        let known = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Into::into);
        Self { name: name.into(), account: known(account), region: known(region) }
    }
}

/// Functions of one name, and their accounts and regions.
#[derive(Default)]
struct Namesakes<'i> {
    accounts: BTreeSet<&'i str>,
    regions: BTreeSet<&'i str>,
}

/// Merges the ids that are of one function, and names each function. Returns the functions in the order of their labels,
/// and for each id the number of its function.
///
/// An id without account or region is of the function that has them, if there is only one of that name.
pub(super) fn resolve(ids: &[FunctionId]) -> (Vec<GraphFunction>, Vec<u32>) {
    let mut namesakes: BTreeMap<&str, Namesakes<'_>> = BTreeMap::new();
    for id in ids {
        let same = namesakes.entry(&id.name).or_default();
        same.accounts.extend(id.account.as_deref());
        same.regions.extend(id.region.as_deref());
    }
    let full = |id: &FunctionId| {
        let same = namesakes.get(&*id.name);
        let only = |values: Option<&BTreeSet<&str>>| {
            values
                .filter(|values| values.len() == 1)
                .and_then(|values| values.first().map(|one| (*one).into()))
        };
        FunctionId {
            name: id.name.clone(),
            account: id.account.clone().or_else(|| only(same.map(|same| &same.accounts))),
            region: id.region.clone().or_else(|| only(same.map(|same| &same.regions))),
        }
    };
    let label = |id: &FunctionId| -> Box<str> {
        let same = namesakes.get(&*id.name);
        let account = id.account.as_deref().filter(|_| same.is_some_and(|same| same.accounts.len() > 1));
        let region = id.region.as_deref().filter(|_| same.is_some_and(|same| same.regions.len() > 1));
        match (account, region) {
            (None, None) => id.name.clone(),
            (Some(place), None) | (None, Some(place)) => [&*id.name, "@", place].concat().into(),
            (Some(account), Some(region)) => [&*id.name, "@", account, "/", region].concat().into(),
        }
    };
    let full: Vec<FunctionId> = ids.iter().map(full).collect();
    let labels: BTreeMap<Box<str>, &FunctionId> = full.iter().map(|id| (label(id), id)).collect();
    let numbers: BTreeMap<&str, u32> = labels.keys().map(|label| &**label).zip(0..).collect();
    let place = |id: &FunctionId| numbers.get(&*label(id)).copied().unwrap_or(u32::MAX);
    let places = full.iter().map(place).collect();
    let functions =
        labels.iter().map(|(label, id)| GraphFunction { label: label.clone(), id: (*id).clone() }).collect();
    (functions, places)
}

/// Reads the ARN of a function: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, with or without a version.
pub(super) fn of_arn(arn: &str) -> Option<FunctionId> {
    let mut parts = arn.split(':');
    let (scheme, _, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, kind, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (scheme == "arn" && service == "lambda" && kind == "function")
        .then(|| FunctionId::new(name, Some(account), Some(region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ids: &[(&str, &str, &str)]) -> Vec<String> {
        let ids: Vec<FunctionId> = ids
            .iter()
            .map(|(name, account, region)| FunctionId::new(name, Some(account), Some(region)))
            .collect();
        let (functions, places) = resolve(&ids);
        places.iter().map(|at| functions[usize::try_from(*at).unwrap()].label.to_string()).collect()
    }

    #[test]
    fn functions_of_one_name_are_told_apart_by_what_differs() {
        assert_eq!(labels(&[("api", "1", "eu-west-1"), ("web", "1", "eu-west-1")]), ["api", "web"]);
        assert_eq!(
            labels(&[("api", "1", "eu-west-1"), ("api", "1", "us-east-1"), ("web", "2", "eu-west-1")]),
            ["api@eu-west-1", "api@us-east-1", "web"]
        );
        assert_eq!(labels(&[("api", "1", "eu-west-1"), ("api", "2", "eu-west-1")]), ["api@1", "api@2"]);
        assert_eq!(
            labels(&[("api", "1", "eu-west-1"), ("api", "2", "us-east-1")]),
            ["api@1/eu-west-1", "api@2/us-east-1"]
        );
    }

    #[test]
    fn unknown_account_or_region_is_that_of_the_only_function_of_the_name() {
        assert_eq!(labels(&[("api", "", ""), ("api", "1", "eu-west-1"), ("api", "1", "")]), ["api"; 3]);
        assert_eq!(
            labels(&[("api", "", "eu-west-1"), ("api", "1", "eu-west-1"), ("api", "2", "eu-west-1")]),
            ["api", "api@1", "api@2"]
        );
    }

    #[test]
    fn arn_of_a_function_is_read() {
        let id = FunctionId::new("api", Some("123456789012"), Some("eu-west-1"));
        assert_eq!(of_arn("arn:aws:lambda:eu-west-1:123456789012:function:api"), Some(id.clone()));
        assert_eq!(of_arn("arn:aws:lambda:eu-west-1:123456789012:function:api:41"), Some(id));
        assert_eq!(of_arn("arn:aws:sqs:eu-west-1:123456789012:api"), None);
    }
}
