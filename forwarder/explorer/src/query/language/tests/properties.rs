//! Any text is a query or an error: no panic, and errors lie inside the text.

use proptest::{prelude::*, sample::select};

use super::super::{error::QueryError, parse};

/// Pieces of queries.
const PIECES: &[&str] = &[
    "fields",
    "display",
    "filter",
    "stats",
    "sort",
    "limit",
    "dedup",
    "parse",
    "unnest",
    "pattern",
    "diff",
    "join",
    "lookup",
    "cidrlookup",
    "addtotals",
    "fillmissing",
    "filldown",
    "accum",
    "autoregress",
    "outlier",
    "sessionize",
    "countFrequent",
    "appendcols",
    "logcompare",
    "SOURCE",
    "json",
    "expand",
    "filterIndex",
    "by",
    "as",
    "and",
    "or",
    "not",
    "in",
    "like",
    "into",
    "asc",
    "desc",
    "any",
    "multi",
    "with",
    "for",
    "where",
    "offset",
    "logfmt",
    "csv",
    "type=left",
    "left=l",
    "right=r",
    "l.a=r.a",
    "OUTPUT",
    "p=1-4",
    "maxspan",
    "timeshift",
    "logGroups",
    "a",
    "b.c",
    "@message",
    "`x y`",
    "`",
    "count(*)",
    "sum(a)",
    "max",
    "bin(5m)",
    "bin",
    "jsonParse(a)",
    "coalesce",
    "case",
    "5m",
    "300 s",
    "1",
    "2.5",
    "1e999",
    "9999999999999999999",
    "\"x*y\"",
    "'",
    "\"",
    "\\",
    "/(?<n>x+)/",
    "/",
    "=~",
    "==",
    "!=",
    "<=",
    "!",
    "+",
    "-",
    "*",
    "%",
    "^",
    "(",
    ")",
    "[",
    "]",
    ",",
    "|",
    "|",
    ".",
    ":",
    "#",
    "\n",
    "é",
    "日本",
    "\u{0}",
];

/// Queries that are changed.
const QUERIES: &[&str] = &[
    r#"filter @type="REPORT"|stats sum(ispresent(@initDuration))/count()*100 as share by @log, bin(5m)|sort share desc"#,
    r#"fields @timestamp, coalesce(a.`b-c`, 0) + 1 as x | parse @message "a * b *" as y, z | dedup y | limit 20"#,
    r#"filter a in ["x", 1] and not b like /x\/(?<n>y)/ or c =~ /z/ | unnest jsonParse(m)[0].k into r"#,
    r#"SOURCE logGroups(namePrefix: ['a']) | join type=left left=l right=r where l.a=r.b (SOURCE 'g' | fields b)"#,
    r#"stats avg(x) as m by bin(1m) offset 1d | fillmissing with 0 for m | outlier action=remove param=2 m"#,
];

/// Checks that a text has a tree whose printed form has the same printed form, or an error with a right position.
fn check_any(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(query) => {
            let printed = query.to_string();
            let again = parse(&printed).map(|query| query.to_string());
            let is_longer =
                matches!(&again, Err(QueryError { problem, .. }) if problem.starts_with("query has"));
            prop_assert!(again.as_deref() == Ok(printed.as_str()) || is_longer, "{printed}\n{again:?}");
        }
        Err(error) => {
            prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
            prop_assert!(!error.to_string().is_empty() && !error.excerpt(text).is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    #[test]
    fn random_tokens_are_a_query_or_an_error(
        pieces in prop::collection::vec((select(PIECES), select(&["", " ", " ", " "])), 0..40),
    ) {
        let text: String = pieces.iter().flat_map(|(piece, space)| [*piece, *space]).collect();
        check_any(&text)?;
    }

    #[test]
    fn changed_queries_are_a_query_or_an_error(
        query in select(QUERIES),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, select(PIECES)), 1..4),
    ) {
        let mut chars: Vec<char> = query.chars().collect();
        for (at, removed, inserted) in changes {
            let at = at.index(chars.len().max(1)).min(chars.len());
            let end = (at + removed).min(chars.len());
            chars.splice(at..end, inserted.chars());
        }
        check_any(&chars.into_iter().collect::<String>())?;
    }

    #[test]
    fn any_text_is_a_query_or_an_error(text in "\\PC{0,60}") {
        check_any(&text)?;
    }
}
