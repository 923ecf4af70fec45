//! Declaration of a setting: everything about it in one block, which parsing, listings, help and templates are made from.

use super::{kind::Kind, sink_name::SinkName};
use crate::value::{PlainHttp, ValueError};

/// Prefix of Tailwater's own settings. An environment variable with it that no setting has is an error.
pub(super) const PREFIX: &str = "TAILWATER_";

/// Declaration of a setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name of its environment variable.
    pub name: &'static str,
    /// Kind of value that it takes.
    pub kind: Kind,
    /// Value to use when it is not set.
    pub default: Option<&'static str>,
    /// True if the program does not start without it.
    pub is_required: bool,
    /// Its meaning, in one sentence.
    pub doc: &'static str,
    /// Sink that it configures; `None` if it concerns more than one sink.
    pub sink: Option<SinkName>,
    /// Example values.
    #[cfg(test)]
    pub(super) valid: &'static [&'static str],
    /// Example values that are rejected, with their errors.
    #[cfg(test)]
    pub(super) invalid: &'static [(&'static str, ValueError)],
}

/// A setting together with the function that parses and checks its value.
pub(super) struct TypedSetting<T> {
    pub(super) setting: Setting,
    parser: Parser<T>,
}

/// Function that parses and checks a value.
enum Parser<T> {
    Text(fn(&str) -> Result<T, ValueError>),
    /// It needs to know which hosts plain HTTP may go to.
    Url(fn(&str, PlainHttp) -> Result<T, ValueError>),
}

impl<T> TypedSetting<T> {
    /// Parses and checks a value.
    pub(super) fn parse(&self, text: &str, plain: PlainHttp) -> Result<T, ValueError> {
        match self.parser {
            Parser::Text(parse) => parse(text),
            Parser::Url(parse) => parse(text, plain),
        }
    }
}

/// The steps of a declaration, in the order they are written: [`Self::new`], then what applies, then the parser.
impl Setting {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            default: None,
            is_required: false,
            doc: "",
            sink: None,
            #[cfg(test)]
            valid: &[],
            #[cfg(test)]
            invalid: &[],
        }
    }

    pub(super) const fn sink(self, sink: SinkName) -> Self {
        Self { sink: Some(sink), ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    pub(super) const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// Adds examples of valid values; a test reads each.
    #[cfg_attr(not(test), expect(unused_variables, reason = "only tests read the examples"))]
    pub(super) const fn accepts(self, valid: &'static [&'static str]) -> Self {
        Self {
            #[cfg(test)]
            valid,
            ..self
        }
    }

    /// Adds examples of invalid values with their errors; a test reads each.
    #[cfg_attr(not(test), expect(unused_variables, reason = "only tests read the examples"))]
    pub(super) const fn rejects(self, invalid: &'static [(&'static str, ValueError)]) -> Self {
        Self {
            #[cfg(test)]
            invalid,
            ..self
        }
    }

    pub(super) const fn parsed_by<T>(self, parse: fn(&str) -> Result<T, ValueError>) -> TypedSetting<T> {
        TypedSetting { setting: self, parser: Parser::Text(parse) }
    }

    pub(super) const fn parsed_as_url_by<T>(
        self,
        parse: fn(&str, PlainHttp) -> Result<T, ValueError>,
    ) -> TypedSetting<T> {
        TypedSetting { setting: self, parser: Parser::Url(parse) }
    }
}

impl Setting {
    /// True if its value must never be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.kind.is_secret()
    }

    /// Returns its flag on the command line. A secret has none: other users of a machine can read command lines.
    ///
    /// ```
    /// # use tailwater_forwarder::settings::SETTINGS;
    /// let limit = SETTINGS.iter().find(|setting| setting.name == "TAILWATER_INFLATED_LIMIT");
    /// assert_eq!(limit.and_then(|limit| limit.flag()).as_deref(), Some("inflated-limit"));
    /// ```
    #[must_use]
    pub fn flag(&self) -> Option<String> {
        let name = self.name.strip_prefix(PREFIX).unwrap_or(self.name);
        (!self.is_secret()).then(|| name.to_ascii_lowercase().replace('_', "-"))
    }

    /// Finds a setting by its name in upper or lower case, with `-` or `_`, with or without `TAILWATER_`.
    pub(super) fn named(table: &'static [Self], name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_uppercase().replace('-', "_");
        let is_it = |setting: &&Self| {
            setting.name == name || setting.name.strip_prefix(PREFIX).is_some_and(|short| short == name)
        };
        table.iter().find(is_it)
    }
}
