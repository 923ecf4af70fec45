//! Values of command line flags that are one of a few names.

use anyhow::{Context as _, Result};

/// Finds a choice by its name.
///
/// # Errors
/// Returns an error that lists the valid names if `name` is not among them.
pub fn parse_choice<T: Copy>(choices: &[(T, &str)], name: &str) -> Result<T> {
    let choice = choices.iter().find(|(_, choice)| *choice == name);
    choice.map(|(choice, _)| *choice).with_context(|| {
        let names: Vec<_> = choices.iter().map(|(_, choice)| *choice).collect();
        format!("invalid value {name:?}: expected one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_is_found_by_name_or_the_names_are_listed() {
        let choices = [(1, "one"), (2, "two")];
        assert_eq!(parse_choice(&choices, "two").unwrap(), 2);
        let error = parse_choice(&choices, "six").unwrap_err();
        assert_eq!(error.to_string(), "invalid value \"six\": expected one of one, two");
    }
}
