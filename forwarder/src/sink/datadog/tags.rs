//! Tags as Datadog keeps them, so that what is sent is what can be searched for.

use super::limits::NAME_CHARS;

/// `key:value` as Datadog normalises it: lower case; letters, digits and `_ - : . /`, all else an underscore, never two
/// of them; a letter first; 200 characters at most; no underscore or colon last. `None` without a key or a value.
pub(super) fn tag(key: &str, value: &str) -> Option<String> {
    // A colon in a key would end it early.
    let key = normalized(&key.replace(':', "_"));
    let kept = kept(value).collect::<String>();
    if key.is_empty() || kept.chars().all(|c| matches!(c, '_' | ':')) {
        return None;
    }
    Some(normalized(&format!("{key}:{kept}")))
}

/// Every tag of a list as settings write it, `key:value,…`; a tag may be a word alone.
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

/// Lower case, with one underscore for any run of characters that tags do not have.
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
    fn other_characters_are_one_underscore() {
        check("executedversion", "$LATEST", "executedversion:_latest");
        check("team", "a, b & c", "team:a_b_c");
        check("path", "a/b.c-d:e", "path:a/b.c-d:e");
    }

    #[test]
    fn a_tag_begins_with_a_letter_and_ends_with_none_that_is_stripped() {
        check("1_aws:tag", "x_", "aws_tag:x");
        check("env", "prod:_", "env:prod");
    }

    #[test]
    fn without_key_or_value_there_is_no_tag() {
        check("", "x", "");
        check("region", "", "");
        check("region", "##", "");
        check("42", "x", "");
    }

    #[test]
    fn a_tag_has_200_characters() {
        check("é", &"é".repeat(300), &format!("é:{}", "é".repeat(198)));
        check("k", &format!("{} {}", "v".repeat(197), "w"), &format!("k:{}", "v".repeat(197)));
    }

    #[test]
    fn a_list_is_read_as_settings_write_it() {
        let tags: Vec<_> = tags_of("env:Prod, team:core platform,,canary , empty:").collect();
        assert_eq!(tags, ["env:prod", "team:core_platform", "canary"]);
    }
}
