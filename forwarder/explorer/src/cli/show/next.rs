//! Commands that lead on from an answer.

use std::path::Path;

/// Store that the commands name, if it is not the default one.
#[derive(Clone, Copy)]
pub(super) struct Next<'a> {
    pub(super) store: &'a Path,
}

impl Next<'_> {
    /// Returns the command that shows all functions.
    pub(super) fn overview(&self) -> String {
        self.in_store("tailwater show".to_owned())
    }

    /// Returns the command that shows `what`.
    pub(super) fn command(&self, what: &str) -> String {
        self.in_store(format!("tailwater show {}", quoted(what)))
    }

    /// Returns the command that shows the request with an id.
    pub(super) fn request(&self, id: &str) -> String {
        self.in_store(format!("tailwater request {}", quoted(id)))
    }

    fn in_store(&self, mut command: String) -> String {
        if self.store != Path::new("tailwater.db") {
            command += &format!(" --store {}", quoted(&self.store.display().to_string()));
        }
        command
    }
}

/// Returns a text as one word for a shell: names come from logs, and must not become commands when they are pasted.
fn quoted(text: &str) -> String {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "._/@:-+%,".contains(one);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_logs_stay_one_word() {
        let next = Next { store: Path::new("tailwater.db") };
        assert_eq!(next.command("checkout-api"), "tailwater show checkout-api");
        assert_eq!(next.command("$(rm -rf ~)"), "tailwater show '$(rm -rf ~)'");
        assert_eq!(next.command("a'b"), r"tailwater show 'a'\''b'");
        assert_eq!(next.command("a b"), "tailwater show 'a b'");
        let other = Next { store: Path::new("my logs.db") };
        assert_eq!(other.command("f"), "tailwater show f --store 'my logs.db'");
    }
}
