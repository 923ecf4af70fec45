//! Errors by what they say.

use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;

use super::{Asked, Question, p};
use crate::serve::{
    answer::{self, Problem},
    question::written_place,
};

#[derive(Serialize)]
struct Errors<'a> {
    errors: Vec<Group<'a>>,
    /// How many groups there are; the list holds the most frequent.
    total: usize,
}

#[derive(Serialize)]
struct Group<'a> {
    title: String,
    function: &'a str,
    account: Option<&'a str>,
    events: u64,
    first_ms: i64,
    first_version: String,
    last_ms: i64,
    last_version: String,
    place: String,
}

pub(super) fn errors(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let between = question.between()?;
    let range = TimeRange { since: between.since, until: between.until };
    let functions = match question.text(p::FUNCTION) {
        None => Vec::new(),
        Some(name) => asked.now().functions_named(name, question.text(p::ACCOUNT)),
    };
    if question.text(p::FUNCTION).is_some() && functions.is_empty() {
        return answer::json(&Errors { errors: Vec::new(), total: 0 });
    }
    let found = asked.store.problems(&functions, range)?;
    let now = asked.now();
    let names = now.function_names();
    let total = found.len();
    let errors = found.into_iter().take(question.limit()?).map(|group| {
        let function = names.get(&group.function.0);
        Group {
            title: group.title,
            function: function.map_or("", |function| &function.name),
            account: function.map(|function| function.account.as_str()).filter(|account| !account.is_empty()),
            events: group.events,
            first_ms: group.first.0,
            first_version: group.first_version,
            last_ms: group.last.0,
            last_version: group.last_version,
            place: written_place(&group.position),
        }
    });
    answer::json(&Errors { errors: errors.collect(), total })
}
