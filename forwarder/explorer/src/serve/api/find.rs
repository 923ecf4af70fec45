//! `GET /api/v1/find`: functions, invocations and traces that a short text may mean.

use serde::Serialize;
use tailwater_forwarder::value::edits;
use tailwater_parser::line::correlation::IdKind;

use super::{
    context::RequestContext,
    invocations::{InvocationRow, rows},
};
use crate::{
    serve::{
        query_params::{QueryParams, parameter as p},
        response::{self, Problem},
    },
    store::StoredInvocation,
    stored_request::{self, Prefixes},
    view::index::FunctionIdentity,
};

/// Maximum number of items of each kind.
const MAX_FOUND: usize = 8;
/// Number of characters from which on a text is looked up as the beginning of an id.
const MIN_ID_LENGTH: usize = 3;
/// Maximum number of characters of the text that are compared.
const MAX_TEXT: usize = 200;

#[derive(Serialize)]
struct Found {
    /// Functions whose names contain the text, else those with similar names.
    functions: Vec<FunctionIdentity>,
    /// Invocations whose request ids begin with the text.
    invocations: Vec<InvocationRow>,
    /// Trace ids that begin with the text.
    traces: Vec<String>,
    /// Correlation ids that begin with the text, with their kinds.
    ids: Vec<FoundId>,
}

#[derive(Serialize)]
struct FoundId {
    kind: &'static str,
    id: String,
}

pub(super) fn find(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let written: String = params.text(p::FIND).unwrap_or_default().trim().chars().take(MAX_TEXT).collect();
    let text: String = written.to_lowercase().chars().take(MAX_TEXT).collect();
    let names = context.snapshot().invocations.names(context.catalog);
    let functions = nearest(&text, names.functions.into_iter().map(|function| function.identity));
    let (mut invocations, mut traces, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    if text.chars().count() >= MIN_ID_LENGTH {
        let prefixes = stored_request::prefixes(&written);
        invocations = found_invocations(context, &prefixes)?;
        if prefixes.is_trace {
            for digits in &prefixes.traces {
                traces.extend(
                    context.store.traces_with_prefix(&stored_request::xray_prefix(digits), MAX_FOUND)?,
                );
            }
            traces.truncate(MAX_FOUND);
        }
        ids = found_ids(context, &prefixes)?;
    }
    response::to_json(&Found { functions, invocations: rows(context, &invocations, None), traces, ids })
}

/// Invocations whose request ids begin with a text in one of its spellings.
fn found_invocations(
    context: &RequestContext<'_>,
    prefixes: &Prefixes,
) -> Result<Vec<StoredInvocation>, Problem> {
    let mut found: Vec<StoredInvocation> = Vec::new();
    for text in prefixes.texts.iter().filter(|_| !prefixes.is_trace) {
        let of_text = context.store.invocations_by_prefix(text, MAX_FOUND)?;
        found.extend(
            of_text
                .into_iter()
                .filter(|new| !found.iter().any(|known| known.id == new.id))
                .collect::<Vec<_>>(),
        );
    }
    found.truncate(MAX_FOUND);
    Ok(found)
}

/// Correlation ids that begin with a text in one of its spellings.
fn found_ids(context: &RequestContext<'_>, prefixes: &Prefixes) -> Result<Vec<FoundId>, Problem> {
    let mut found: Vec<(IdKind, String)> = Vec::new();
    for text in prefixes.texts.iter().chain(&prefixes.traces) {
        for id in context.store.ids_with_prefix(text, MAX_FOUND)? {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    let id = |(kind, id): (IdKind, String)| FoundId { kind: kind.name(), id };
    Ok(found.into_iter().take(MAX_FOUND).map(id).collect())
}

/// The functions whose names are nearest to a text in lower case, the nearest first.
fn nearest(text: &str, functions: impl Iterator<Item = FunctionIdentity>) -> Vec<FunctionIdentity> {
    let mut ranked: Vec<(usize, FunctionIdentity)> =
        functions.filter_map(|function| Some((rank(text, &function.function)?, function))).collect();
    ranked.sort();
    ranked.into_iter().take(MAX_FOUND).map(|(_, function)| function).collect()
}

/// Distance of a name from a text: 0 if they are equal, 1 if the name begins with the text, 2 if it contains it, more if it
/// differs by a third of its letters at most or has a word in common; else `None`.
fn rank(text: &str, name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    if name == text {
        return Some(0);
    }
    if name.starts_with(text) {
        return Some(1);
    }
    if name.contains(text) {
        return Some(2);
    }
    let name: String = name.chars().take(MAX_TEXT).collect();
    let distance = edits(text, &name);
    let longest = name.chars().count().max(text.chars().count());
    let is_similar =
        distance.saturating_mul(3) <= longest || words(text).any(|word| words(&name).any(|own| own == word));
    is_similar.then_some(2 + distance)
}

/// Words of a name that are long enough to tell names apart.
fn words(name: &str) -> impl Iterator<Item = &str> {
    const MIN_WORD: usize = 4;
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= MIN_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let names = ["checkout-api", "thumbs-cleanup", "api", "checkout-worker"];
        let functions =
            names.map(|name| FunctionIdentity { function: name.to_owned(), account: None, region: None });
        nearest(text, functions.into_iter()).into_iter().map(|function| function.function).collect()
    }

    #[test]
    fn functions_are_found_by_a_part_of_their_name_or_a_similar_one() {
        assert_eq!(found("api"), ["api", "checkout-api"]);
        assert_eq!(found("check"), ["checkout-api", "checkout-worker"]);
        assert_eq!(found("chekcout-apy"), ["checkout-api"]);
        assert_eq!(found("checkout-service"), ["checkout-api", "checkout-worker"]);
        assert!(found("zzzz").is_empty());
    }
}
