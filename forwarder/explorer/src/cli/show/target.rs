//! Meaning of the argument of `tailwater show`: a function, an error group, an invocation or another id.

use std::collections::BTreeSet;

use super::Context;
use crate::{query::language::nearest, stored_request::ids_with, view::errors::ErrorGroup};

/// Greatest number of names in a list of what an argument may mean.
const MAX_LISTED: usize = 12;

/// Length from which the beginning of an id is looked for.
const MIN_ID: usize = 3;

/// Meaning of an argument.
pub(super) enum Target {
    /// All error groups.
    Errors,
    /// Function of this name.
    Function(String),
    /// Group of errors.
    Group(Box<ErrorGroup>),
    /// Invocations with this request id.
    Request(String),
    /// Invocations whose lines have this trace id, correlation id, or id of a message or an event.
    Correlated(String),
}

impl Target {
    fn describe(&self) -> String {
        match self {
            Self::Errors => "errors".to_owned(),
            Self::Function(name) => format!("{name} (function)"),
            Self::Group(group) => {
                format!("{} (error of {}: {})", group.id, group.identity.function, group.title)
            }
            Self::Request(id) => format!("{id} (request)"),
            Self::Correlated(id) => format!("{id} (id in log lines)"),
        }
    }
}

/// Finds what `what` names: a whole name or id, else the only one that begins with it. The inner error says, line by line,
/// which ones do, or which name it resembles.
pub(super) fn find(what: &str, context: &Context<'_>) -> anyhow::Result<Result<Target, Vec<String>>> {
    if what == "errors" {
        return Ok(Ok(Target::Errors));
    }
    let functions: BTreeSet<&str> =
        context.summary.functions.iter().map(|function| function.function.as_str()).collect();
    let groups = || context.errors().into_iter().flat_map(|errors| &errors.groups);
    if functions.contains(what) {
        return Ok(Ok(Target::Function(what.to_owned())));
    }
    if let Some(group) = groups().find(|group| group.id.to_string() == what) {
        return Ok(Ok(Target::Group(Box::new(group.clone()))));
    }
    if !context.store.invocations_of_request(what)?.is_empty() {
        return Ok(Ok(Target::Request(what.to_owned())));
    }
    if !context.store.runs_with_id(what, 1)?.is_empty() {
        return Ok(Ok(Target::Correlated(what.to_owned())));
    }
    let lower = what.to_lowercase();
    let begins = |name: &&&str| name.to_lowercase().starts_with(&lower);
    let mut found: Vec<Target> =
        functions.iter().filter(begins).map(|name| Target::Function((*name).to_owned())).collect();
    if what.len() >= MIN_ID {
        let groups = groups().filter(|group| group.id.to_string().starts_with(&lower));
        found.extend(groups.map(|group| Target::Group(Box::new(group.clone()))));
        let requests = context.store.requests_with_prefix(&lower, MAX_LISTED)?;
        found.extend(requests.into_iter().map(Target::Request));
        let is_other = |id: &String| {
            !found.iter().any(|known| matches!(known, Target::Request(request) if request == id))
        };
        let ids: Vec<String> = ids_with(context.store, what)?.into_iter().filter(is_other).collect();
        found.extend(ids.into_iter().map(Target::Correlated));
    }
    Ok(match found.len() {
        0 => Err(unknown(what, &functions, context)),
        1 => found.pop().ok_or_else(Vec::new),
        _ => Err(ambiguous(what, &found)),
    })
}

fn ambiguous(what: &str, found: &[Target]) -> Vec<String> {
    let mut lines =
        vec![format!("{what:?} is the beginning of several names; write more of the one that you mean:")];
    lines.extend(found.iter().take(MAX_LISTED).map(|target| format!("  {}", target.describe())));
    lines.extend((found.len() > MAX_LISTED).then(|| "  …".to_owned()));
    lines
}

fn unknown(what: &str, functions: &BTreeSet<&str>, context: &Context<'_>) -> Vec<String> {
    let lower = what.to_lowercase();
    let mut similar: Vec<&str> = functions
        .iter()
        .copied()
        .filter(|name| name.to_lowercase().contains(&lower))
        .take(MAX_LISTED)
        .collect();
    let names = functions.iter().copied().chain(["errors"]);
    similar.extend(if similar.is_empty() { nearest(what, names) } else { None });
    let mut lines = vec![format!("{what:?} is no function, error group, request or other id of this store")];
    lines.extend((!similar.is_empty()).then(|| format!("did you mean {}?", similar.join(", "))));
    lines.push(format!(
        "{} lists all functions, {} all errors",
        context.next.overview(),
        context.next.command("errors")
    ));
    lines
}
