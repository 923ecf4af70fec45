//! Typed values of the document; whatever has another type becomes a problem.

use super::super::{
    ParseOptions,
    document::{Entry, Table, TextProblem, Value, ValueKind},
    fields::Paths,
    pattern::{Dialect, Pattern, Purpose},
    problem::suggestion,
};

/// Maximum size of the text, and of all compiled rules, in bytes.
pub(super) const MAX_SIZE: usize = 16 << 20;

/// Memory for the caches of all regexes in bytes.
const CACHES: usize = 8 << 20;

/// Largest cache of a regex. More does not make it faster.
const MAX_CACHE: usize = 1 << 20;

/// Collected parts of the rules while the schema reads the text.
pub(in super::super) struct Context<'a> {
    pub(in super::super) options: &'a ParseOptions<'a>,
    pub(super) problems: Vec<TextProblem>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) paths: Paths,
    cache_bytes: usize,
    /// Size of the compiled regexes so far.
    memory: usize,
}

/// Entries of a table with known keys.
pub(super) struct Fields<'t> {
    table: Option<&'t Table>,
}

impl<'t> Fields<'t> {
    pub(super) fn get(&self, key: &str) -> Option<&'t Value> {
        self.table.and_then(|table| table.get(key))
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(options: &'a ParseOptions<'a>, problems: Vec<TextProblem>, n_patterns: usize) -> Self {
        let cache_bytes = (CACHES / n_patterns.max(1)).min(MAX_CACHE);
        Self { options, problems, patterns: Vec::new(), paths: Paths::default(), cache_bytes, memory: 0 }
    }

    pub(in super::super) fn problem(&mut self, at: usize, message: String) {
        self.problems.push((at, message));
    }

    fn wrong_type<T>(&mut self, value: &Value, name: &str, expected: &str) -> Option<T> {
        let message = format!("`{name}` is {}, but has to be {expected}", value.type_name());
        self.problem(value.span.start, message);
        None
    }

    pub(super) fn text(&mut self, value: &Value, name: &str) -> Option<String> {
        let ValueKind::Text(text) = &value.kind else { return self.wrong_type(value, name, "a string") };
        Some(text.clone())
    }

    pub(super) fn boolean(&mut self, value: &Value, name: &str) -> Option<bool> {
        let ValueKind::Boolean(is_true) = value.kind else {
            return self.wrong_type(value, name, "true or false");
        };
        Some(is_true)
    }

    /// Reads an integer from `min` to `max`.
    pub(super) fn integer(&mut self, value: &Value, name: &str, min: u32, max: u32) -> Option<u32> {
        let ValueKind::Integer(n) = value.kind else { return self.wrong_type(value, name, "an integer") };
        let found = u32::try_from(n).ok().filter(|n| (min..=max).contains(n));
        if found.is_none() {
            self.problem(value.span.start, format!("`{name}` is {n}, but has to be from {min} to {max}"));
        }
        found
    }

    /// Reads a string or a list of strings, with their places; at least one.
    pub(super) fn texts(&mut self, value: &Value, name: &str) -> Vec<(String, usize)> {
        if let ValueKind::Text(text) = &value.kind {
            return vec![(text.clone(), value.span.start)];
        }
        let ValueKind::Array(items) = &value.kind else {
            return self.wrong_type(value, name, "a string or a list of strings").unwrap_or_default();
        };
        if items.is_empty() {
            self.problem(value.span.start, format!("`{name}` is an empty list"));
        }
        items.iter().filter_map(|item| Some((self.text(item, name)?, item.span.start))).collect()
    }

    /// Returns the entries of a table.
    pub(super) fn entries<'t>(&mut self, value: &'t Value, name: &str) -> &'t [Entry] {
        let ValueKind::Table(table) = &value.kind else {
            return self.wrong_type(value, name, "a table, such as `{ }`").unwrap_or_default();
        };
        &table.entries
    }

    /// Reads a table with these keys.
    pub(super) fn fields<'t>(&mut self, value: &'t Value, name: &str, known: &[&str]) -> Fields<'t> {
        let unknown = self.entries(value, name).iter().filter(|entry| !known.contains(&entry.key.as_str()));
        for entry in unknown {
            let hint =
                if known.is_empty() { "; it has none".to_owned() } else { suggestion(&entry.key, known) };
            self.problem(entry.span.start, format!("unknown key `{}` of `{name}`{hint}", entry.key));
        }
        let table = if let ValueKind::Table(table) = &value.kind { Some(table) } else { None };
        Fields { table }
    }

    /// Reads one of `known`.
    pub(super) fn word(
        &mut self,
        text: &str,
        at: usize,
        what: &str,
        known: &[&'static str],
    ) -> Option<&'static str> {
        let found = known.iter().find(|known| **known == text).copied();
        if found.is_none() {
            self.problem(at, format!("unknown {what} `{text}`{}", suggestion(text, known)));
        }
        found
    }

    /// Size of the cache of each regex in bytes.
    pub(in super::super) fn cache_bytes(&self) -> usize {
        self.cache_bytes
    }

    /// Compiles a regex and returns its index.
    pub(super) fn pattern(&mut self, text: &str, at: usize) -> Option<usize> {
        let pattern = self.check_pattern(text, at)?;
        self.add_memory(pattern.memory_usage(), at)?;
        self.patterns.push(pattern);
        Some(self.patterns.len() - 1)
    }

    /// Compiles the regex of Python of a setting, and returns its index.
    pub(in super::super) fn python_pattern(&mut self, setting: &str, regex: &str) -> Option<usize> {
        match Pattern::in_dialect(regex, Dialect::Python, Purpose::Test, self.cache_bytes) {
            Ok(pattern) => {
                self.add_memory(pattern.memory_usage(), 0)?;
                self.patterns.push(pattern);
                Some(self.patterns.len() - 1)
            }
            Err(error) => {
                self.problem(0, format!("{setting}: {error}"));
                None
            }
        }
    }

    /// Compiles a regex. Once the regexes are too large together, no more are compiled.
    pub(super) fn check_pattern(&mut self, text: &str, at: usize) -> Option<Pattern> {
        if self.memory > MAX_SIZE {
            return None;
        }
        match Pattern::new(text, Purpose::Test, self.cache_bytes) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.problem(at, format!("regex `{}`: {error}", shortened(text)));
                // It took this much before it was refused.
                self.add_memory(error.n_bytes, at)?;
                None
            }
        }
    }

    /// Adds to the size of the compiled rules.
    pub(in super::super) fn add_memory(&mut self, n_bytes: usize, at: usize) -> Option<()> {
        let was_in_limit = self.memory <= MAX_SIZE;
        self.memory = self.memory.saturating_add(n_bytes);
        if self.memory <= MAX_SIZE {
            return Some(());
        }
        if was_in_limit {
            let message =
                format!("up to here, the regexes of the rules take more than {} MiB", MAX_SIZE >> 20);
            self.problem(at, message);
        }
        None
    }
}

/// Shortens a text for a message.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().count() > LONGEST { short + "…" } else { short }
}
