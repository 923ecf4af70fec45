//! Query that finds the same log events as a search, and parts of which queries are built.
//!
//! A query is built as a tree, so a value never becomes syntax.

use crate::{
    query::language::{
        self,
        expression::{Call, CompareOp, Expr, ExprKind, LikePattern, Name, Negation},
        function::{Aggregate, Function},
        regex_literal::RegexLiteral,
        span::Span,
        tree::{Column, Command, CommandKind, Direction, Query, SortKey},
    },
    serve::{
        query_params::{QueryParams, parameter as p},
        response::Problem,
        snapshot::Snapshot,
    },
    store::{SearchPart, search_parts},
};
use tailwater_parser::Level;

/// Columns of the query.
const COLUMNS: [&str; 4] = ["@timestamp", "@level", "@function", "@message"];

/// Returns the text of a query that finds the same events as a search, except that it ignores the case of all letters
/// and a search only that of ASCII letters. The time range is not part of it. The text is empty if the search is too long
/// for a query.
///
/// # Errors
/// Returns a [`Problem`] if a parameter is invalid.
pub(super) fn text(snapshot: &Snapshot, params: &QueryParams) -> Result<String, Problem> {
    let Some(terms) = search_parts(params.text(p::TEXT).unwrap_or_default())
        .into_iter()
        .map(contains)
        .collect::<Option<Vec<_>>>()
    else {
        return Ok(String::new());
    };
    let mut conditions = terms;
    conditions.extend(params.text(p::FUNCTION).map(|name| is_of_function(snapshot, name)));
    conditions.extend(params.text(p::ACCOUNT).map(|account| is_known_as("@account", account)));
    conditions.extend(params.text(p::REGION).map(|region| is_known_as("@region", region)));
    conditions.extend(params.text(p::VERSION).map(|version| equal("@version", version)));
    conditions.extend(params.level()?.map(is_of_level));
    conditions.extend(
        params.text(p::REQUEST).map(|id| {
            any(["@invocation.id", "@requestId", "requestId"].map(|name| equal(name, id)).to_vec())
        }),
    );
    conditions.extend(params.text(p::TRACE).map(|id| equal("@traceId", id)));
    let shown = CommandKind::Fields(COLUMNS.map(|name| plain_column(field(name))).to_vec());
    let newest_first =
        SortKey { column: plain_column(field("@timestamp")), direction: Direction::Descending };
    let filters = conditions.into_iter().map(CommandKind::Filter);
    let commands = [shown].into_iter().chain(filters).chain([CommandKind::Sort(vec![newest_first])]);
    let text = query(commands.collect()).to_string();
    Ok(if language::parse(&text).is_ok() { text } else { String::new() })
}

/// Condition for a message to contain a part of a search text; `None` if it is too long.
fn contains(part: SearchPart<'_>) -> Option<Expr> {
    let (text, is_whole) = match part {
        SearchPart::Word(text) => (text, true),
        SearchPart::Phrase(text) => (text, false),
    };
    let is_word = |c: Option<char>| is_whole && c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let border = |is_word: bool| if is_word { r"\b" } else { "" };
    let escaped: String = regex::escape(text)
        .chars()
        .map(|c| if c.is_control() { format!("\\x{{{:x}}}", u32::from(c)) } else { c.to_string() })
        .collect();
    let (begin, end) = (border(is_word(text.chars().next())), border(is_word(text.chars().next_back())));
    let regex = RegexLiteral::new(&format!("(?i){begin}{escaped}{end}")).ok()?;
    Some(filled(ExprKind::Like {
        value: Box::new(field("@message")),
        pattern: LikePattern::Regex(regex),
        negation: Negation::Absent,
    }))
}

/// Condition for an event to be of the function, or else of the log group, with this name.
fn is_of_function(snapshot: &Snapshot, name: &str) -> Expr {
    let mut conditions = vec![equal("@function", name)];
    let groups = snapshot.functions.iter().filter(|function| function.name.is_empty());
    for group in groups.filter(|group| group.listed_name() == name) {
        conditions.push(match (group.account.as_str(), group.log_group.as_str()) {
            ("", "") => is_missing("@log"),
            ("", log_group) => equal("@log", log_group),
            (account, log_group) => equal("@log", &format!("{account}:{log_group}")),
        });
    }
    any(conditions)
}

/// Condition for a field to have this value, or none.
fn is_known_as(name: &str, value: &str) -> Expr {
    any(vec![equal(name, value), is_missing(name)])
}

/// Condition for an event not to have a field.
fn is_missing(name: &str) -> Expr {
    filled(ExprKind::Not(Box::new(call(Function::IsPresent, vec![field(name)]))))
}

/// Condition for an event to have this level or a more severe one.
fn is_of_level(least: Level) -> Expr {
    let levels = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];
    let list = levels.into_iter().filter(|level| *level >= least);
    let list = list.map(|level| filled(ExprKind::Text(level.name().to_owned()))).collect();
    filled(ExprKind::In { value: Box::new(field("@level")), list, negation: Negation::Absent })
}

/// Condition for a field to have a value.
pub(super) fn equal(name: &str, value: &str) -> Expr {
    let value = filled(ExprKind::Text(value.to_owned()));
    filled(ExprKind::Compare(CompareOp::Equal, Box::new(field(name)), Box::new(value)))
}

/// Condition that holds if one of these does.
fn any(mut conditions: Vec<Expr>) -> Expr {
    match (conditions.len(), conditions.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            conditions.extend(last);
            filled(ExprKind::Or(conditions))
        }
    }
}

/// Query of these commands.
pub(super) fn query(commands: Vec<CommandKind>) -> Query {
    let commands = commands.into_iter().map(|kind| Command { kind, span: Span::default() });
    Query {
        sources: Vec::new(),
        search: None,
        commands: commands.collect(),
        notes: Vec::new(),
        span: Span::default(),
    }
}

/// Expression at no place of a text.
pub(super) fn filled(kind: ExprKind) -> Expr {
    Expr::new(kind, Span::default())
}

/// Field with this name.
pub(super) fn field(name: &str) -> Expr {
    filled(ExprKind::Field(name.to_owned()))
}

/// Call of a function.
pub(super) fn call(function: Function, arguments: Vec<Expr>) -> Expr {
    filled(ExprKind::Call(Call { function, arguments, written: String::new() }))
}

/// Call of an aggregate.
pub(super) fn aggregate(function: Aggregate, arguments: Vec<Expr>) -> Expr {
    filled(ExprKind::Aggregate(Call { function, arguments, written: String::new() }))
}

/// Column with an alias.
pub(super) fn column(expr: Expr, alias: &str) -> Column {
    let name = Name { text: alias.to_owned(), span: Span::default() };
    Column { expr, alias: Some(name), name: alias.to_owned() }
}

fn plain_column(expr: Expr) -> Column {
    let name = expr.to_string();
    Column { expr, alias: None, name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Function, FunctionId};

    fn snapshot() -> Snapshot {
        let group = |id, account: &str, log_group: &str| Function {
            id: FunctionId(id),
            account: account.to_owned(),
            log_group: log_group.to_owned(),
            name: String::new(),
        };
        let functions =
            vec![group(1, "123456789012", "/aws/rds/orders"), group(2, "", "app"), group(3, "", "")];
        Snapshot { functions, ..Snapshot::default() }
    }

    fn text_of(query: &str) -> String {
        let allowed =
            [p::TEXT, p::FUNCTION, p::ACCOUNT, p::REGION, p::VERSION, p::LEVEL, p::REQUEST, p::TRACE];
        text(&snapshot(), &QueryParams::read(query, &allowed).unwrap()).unwrap()
    }

    fn check(query: &str, filters: &[&str]) {
        let mut expected = "fields @timestamp, @level, @function, @message\n".to_owned();
        filters.iter().for_each(|filter| expected += &format!("| filter {filter}\n"));
        assert_eq!(text_of(query), expected + "| sort @timestamp desc", "{query}");
    }

    #[test]
    fn each_filter_is_a_command() {
        check("", &[]);
        check(
            "function=shop&account=42&region=eu-west-1&version=7&level=warn&request_id=r1&trace_id=t1",
            &[
                "@function = \"shop\"",
                "@account = \"42\" or not isPresent(@account)",
                "@region = \"eu-west-1\" or not isPresent(@region)",
                "@version = \"7\"",
                "@level in [\"WARN\", \"ERROR\", \"FATAL\"]",
                "@invocation.id = \"r1\" or @requestId = \"r1\" or requestId = \"r1\"",
                "@traceId = \"t1\"",
            ],
        );
        check(
            "function=/aws/rds/orders",
            &["@function = \"/aws/rds/orders\" or @log = \"123456789012:/aws/rds/orders\""],
        );
        check("function=app", &["@function = \"app\" or @log = \"app\""]);
        check("function=unknown", &["@function = \"unknown\" or not isPresent(@log)"]);
    }

    #[test]
    fn words_are_found_as_a_whole_and_phrases_anywhere() {
        check(
            "text=timeout+(5)+%22a/b+c%22",
            &[
                r"@message like /(?i)\btimeout\b/",
                r"@message like /(?i)\(5\)/",
                r"@message like /(?i)a\/b c/",
            ],
        );
    }

    #[test]
    fn values_never_become_syntax() {
        for value in ["\" | limit 1", "\\", "\\\"", "/ | limit 1 #", "'", "a\u{0}\n\r\u{1b}[31mb", "`x`", "]"]
        {
            let encoded: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for name in ["function", "request_id", "trace_id", "text"] {
                let text = text_of(&format!("{name}={encoded}"));
                let query = language::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                let filters = query.commands.iter().filter(|it| matches!(it.kind, CommandKind::Filter(_)));
                let is_search = name == "text";
                let expected =
                    if is_search { search_parts(value).len() } else { usize::from(!value.is_empty()) };
                assert_eq!(filters.count(), expected, "{text}");
                assert_eq!(query.commands.len(), expected + 2, "{text}");
            }
        }
    }

    #[test]
    fn search_that_is_too_long_for_a_query_has_no_text() {
        assert_eq!(text_of(&format!("text={}", "word+".repeat(2_000))), "");
        assert_eq!(text_of(&format!("function={}", "f".repeat(10_000))), "");
    }
}
