//! Tests of lexer, parser, checks and printed form.

mod commands;
mod errors;
mod expressions;
mod named;
mod properties;
mod usual;

use super::{Query, QueryError, parse};

/// Checks the printed form of a query, and that it is parsed to the same tree.
#[track_caller]
fn check(query: &str, printed: &str) {
    match parsed_again(query) {
        Ok(query) => assert_eq!(query, printed),
        Err(error) => panic!("{error}\n{}", error.excerpt(query)),
    }
}

/// Checks the printed form of the condition in `filter …`.
#[track_caller]
fn check_condition(condition: &str, printed: &str) {
    check(&format!("filter {condition}"), &format!("filter {printed}"));
}

/// Checks the message of an error and the text it marks.
#[track_caller]
fn check_error(query: &str, marked: &str, message: &str) {
    let error = parse(query).map(|query| query.to_string()).expect_err("the query is wrong");
    assert_eq!((error.to_string().as_str(), error.span.of(query)), (message, marked));
}

/// Parses a query, and what it prints again. Returns the printed form.
fn parsed_again(query: &str) -> Result<String, QueryError> {
    let printed = parse(query)?.to_string();
    let again = parse(&printed).unwrap_or_else(|error| panic!("{error}\n{}", error.excerpt(&printed)));
    assert_eq!(again.to_string(), printed, "of {query}");
    Ok(printed)
}

/// Parses a query that has to be right.
fn parsed(query: &str) -> Query {
    parse(query).unwrap_or_else(|error| panic!("{error}\n{}", error.excerpt(query)))
}
