//! Declaration of a setting in one block. Parsing, listings, help and templates are made from it.

use super::{kind::Kind, sink_name::SinkName};
use crate::value::{PlainHttp, ValueError};

/// Prefix of the names of Tailwater's own settings. An environment variable with this prefix is an error if no
/// setting has its name.
pub(super) const PREFIX: &str = "TAILWATER_";

/// Declaration of a setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name, which is also that of the environment variable.
    pub name: &'static str,
    /// Kind of value that the setting accepts.
    pub kind: Kind,
    /// Value to use if the setting is not set.
    pub default: Option<&'static str>,
    /// True if the program does not start without this setting.
    pub is_required: bool,
    /// Meaning of the setting, in one sentence.
    pub doc: &'static str,
    /// Sink that the setting configures; `None` if it does not belong to one sink.
    pub sink: Option<SinkName>,
    /// Example values that are accepted.
    #[cfg(test)]
    pub(super) valid: &'static [&'static str],
    /// Example values that are rejected, with their errors.
    #[cfg(test)]
    pub(super) invalid: &'static [(&'static str, ValueError)],
}

/// Setting together with the function that parses and checks its value.
pub(super) struct TypedSetting<T> {
    pub(super) setting: Setting,
    parser: Parser<T>,
}

/// Function that parses and checks a value.
enum Parser<T> {
    Text(fn(&str) -> Result<T, ValueError>),
    /// Function for settings with a URL: it needs the hosts that plain HTTP is allowed for.
    Url(fn(&str, PlainHttp) -> Result<T, ValueError>),
}

impl<T> TypedSetting<T> {
    /// Parses and checks a value. `plain` are the hosts that plain HTTP is allowed for.
    pub(super) fn parse(&self, text: &str, plain: PlainHttp) -> Result<T, ValueError> {
        match self.parser {
            Parser::Text(parse) => parse(text),
            Parser::Url(parse) => parse(text, plain),
        }
    }
}

/// Builder of a declaration, in this order: [`Self::new`], the optional methods that apply to the setting, and the
/// parser.
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

    /// Adds examples of valid values. A test checks that each is accepted.
    #[cfg_attr(not(test), expect(unused_variables, reason = "only tests read the examples"))]
    pub(super) const fn accepts(self, valid: &'static [&'static str]) -> Self {
        Self {
            #[cfg(test)]
            valid,
            ..self
        }
    }

    /// Adds examples of invalid values with their errors. A test checks that each is rejected with this error.
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
    /// True if the value of the setting must never be shown.
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

    /// Finds a setting by its name, which may be in upper or lower case, with `-` or `_`, with or without the prefix
    /// `TAILWATER_`.
    pub(super) fn named(table: &'static [Self], name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_uppercase().replace('-', "_");
        let is_it = |setting: &&Self| {
            setting.name == name || setting.name.strip_prefix(PREFIX).is_some_and(|short| short == name)
        };
        table.iter().find(is_it)
    }
}
