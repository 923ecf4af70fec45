//! Tags, normalised by Datadog's rules before they are sent, so that Datadog stores them unchanged.

use super::limits::NAME_CHARS;

/// Builds the tag `key:value`, normalised as Datadog does: lower case; letters, digits and `_ - : . /`, one
/// underscore for any run of other characters; starts with a letter; at most 200 characters; does not end with an
/// underscore or a colon. `None` if key or value is empty.
pub(super) fn tag(key: &str, value: &str) -> Option<String> {
    // The first colon ends the key.
    let key = normalized(&key.replace(':', "_"));
    let kept = kept(value).collect::<String>();
    if key.is_empty() || kept.chars().all(|c| matches!(c, '_' | ':')) {
        return None;
    }
    Some(normalized(&format!("{key}:{kept}")))
}

/// Parses a list of tags, `key:value,…`. A tag may lack a value.
pub(super) fn tags_of(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter_map(|text| match text.split_once(':') {
        Some((key, value)) => tag(key, value),
        None => Some(normalized(text)).filter(|tag| !tag.is_empty()),
    })
}

fn normalized(text: &str) -> String {
    let from_letter = kept(text).skip_while(|c| !c.is_alphabetic());
    let mut normalized: String = from_letter.take(NAME_CHARS).collect();
    normalized.truncate(normalized.trim_end_matches(['_', ':']).len());
    normalized
}

/// Converts to lower case, and replaces each run of characters that tags cannot contain by one underscore.
fn kept(text: &str) -> impl Iterator<Item = char> {
    let allowed = |c: char| if c.is_alphanumeric() || "-:./".contains(c) { c } else { '_' };
    let mut last = None;
    text.chars().flat_map(char::to_lowercase).map(allowed).filter(move |c| {
        let repeats = *c == '_' && last == Some('_');
        last = Some(*c);
        !repeats
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, value: &str, expected: &str) {
        assert_eq!(tag(key, value).unwrap_or_default(), expected);
    }

    #[test]
    fn tags_are_lower_case() {
        check("FunctionName", "CheckOut-API", "functionname:checkout-api");
        check("stadt", "KÖLN", "stadt:köln");
    }

    #[test]
    fn runs_of_other_characters_become_one_underscore() {
        check("executedversion", "$LATEST", "executedversion:_latest");
        check("team", "a, b & c", "team:a_b_c");
        check("path", "a/b.c-d:e", "path:a/b.c-d:e");
    }

    #[test]
    fn tag_starts_with_a_letter_and_does_not_end_with_underscore_or_colon() {
        check("1_aws:tag", "x_", "aws_tag:x");
        check("env", "prod:_", "env:prod");
    }

    #[test]
    fn empty_key_or_value_is_no_tag() {
        check("", "x", "");
        check("region", "", "");
        check("region", "##", "");
        check("42", "x", "");
    }

    #[test]
    fn tag_is_cut_at_200_characters() {
        check("é", &"é".repeat(300), &format!("é:{}", "é".repeat(198)));
        check("k", &format!("{} {}", "v".repeat(197), "w"), &format!("k:{}", "v".repeat(197)));
    }

    #[test]
    fn list_of_tags_is_parsed() {
        let tags: Vec<_> = tags_of("env:Prod, team:core platform,,canary , empty:").collect();
        assert_eq!(tags, ["env:prod", "team:core_platform", "canary"]);
    }
}
