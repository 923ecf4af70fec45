//! Rules for `parse` and `json`.

use super::{
    super::{
        expression::{Expr, Name},
        lexer::{Symbol, TokenKind},
        tree::{CommandKind, JsonPath, Matches, Parse, ParseForm},
    },
    Parsed, Parser,
};

impl Parser<'_> {
    pub(super) fn parse_command(&mut self) -> Parsed<CommandKind> {
        let input = self.parse_input()?;
        let form = if let TokenKind::Text(_) = self.token.kind {
            self.glob()?
        } else if self.at(Symbol::Slash) {
            self.regex_form()?
        } else if self.eat_keyword("logfmt") {
            self.expect_keyword("as")?;
            ParseForm::Logfmt { alias: self.name("the name of the map")? }
        } else if self.eat_keyword("csv") {
            self.expect_keyword("as")?;
            ParseForm::Csv { names: self.names("the name of a cell")? }
        } else {
            return Err(self.unexpected("a pattern `\"… * …\"`, `/…/`, `logfmt` or `csv`"));
        };
        Ok(CommandKind::Parse(Parse { input, form }))
    }

    /// Parses the field before the pattern. `logfmt` and `csv` are the form, unless a form follows them.
    fn parse_input(&mut self) -> Parsed<Option<Expr>> {
        let is_form = ["logfmt", "csv"].iter().any(|form| self.at_keyword(form));
        let is_followed_by_columns =
            matches!(self.following(), TokenKind::Name { text, .. } if text.eq_ignore_ascii_case("as"));
        if !self.at_name() || is_form && is_followed_by_columns {
            return Ok(None);
        }
        self.postfix().map(Some)
    }

    fn glob(&mut self) -> Parsed<ParseForm> {
        let span = self.token.span;
        let pattern = self.text("a pattern")?;
        let literals: Vec<String> = pattern.split('*').map(str::to_owned).collect();
        let wildcards = literals.len().saturating_sub(1);
        if wildcards == 0 {
            return Err(self.problem(span, "pattern without `*`").expected("a `*` for each column"));
        }
        self.expect_keyword("as")?;
        let names = self.names("the name of a column")?;
        if names.len() != wildcards {
            let problem = format!("{wildcards} `*` in the pattern, but {} names after `as`", names.len());
            return Err(self.problem(self.span_from(span.start), problem));
        }
        Ok(ParseForm::Glob { literals, names })
    }

    fn regex_form(&mut self) -> Parsed<ParseForm> {
        let span = self.token.span;
        let regex = self.regex()?;
        let names = regex.group_names();
        if names.is_empty() {
            let problem = "regular expression without a named group";
            return Err(self.problem(self.span_from(span.start), problem).expected("a group `(?<name>…)`"));
        }
        let matches = if self.eat_keyword("multi") { Matches::All } else { Matches::First };
        Ok(ParseForm::Regex { regex, names, matches })
    }

    /// Parses `[field=f] "a.b" as x, …`.
    pub(super) fn json(&mut self) -> Parsed<CommandKind> {
        let input = if self.eat_option("field") { Some(self.postfix()?) } else { None };
        Ok(CommandKind::Parse(Parse { input, form: ParseForm::Json(self.json_paths()?) }))
    }

    fn json_paths(&mut self) -> Parsed<Vec<JsonPath>> {
        self.list(|parser| {
            let span = parser.token.span;
            let path = parser.text("a path, for example `\"a.b\"`")?;
            let alias = parser.alias()?;
            let name = alias.unwrap_or_else(|| Name { text: path.clone(), span });
            Ok(JsonPath { path, name })
        })
    }
}
