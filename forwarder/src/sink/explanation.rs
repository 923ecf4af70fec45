//! Explanation of an error in a backend's response, in whatever format it comes: JSON, HTML, XML or plain text.

use serde_json::Value;

use super::BackendResponse;

/// Maximum number of bytes of plain text that are read. What is shown is much shorter.
const TEXT_LIMIT: usize = 4096;

/// Maximum number of elements of a list of errors that are read.
const LIST_LIMIT: usize = 8;

/// Members of JSON objects that contain an explanation, or contain objects that do, in the order in which they are shown.
/// They are compared without regard to case and to `_`.
const MEMBERS: &[&str] = &[
    "title",
    "error",
    "errors",
    "fault",
    "type",
    "errortype",
    "errorcode",
    "code",
    "message",
    "msg",
    "errormessage",
    "errordescription",
    "reason",
    "faultstring",
    "text",
    "description",
    "detail",
    "details",
];

/// Elements of HTML whose content is not text.
const NO_TEXT: [&str; 2] = ["script", "style"];

/// Returns the explanation in a response's body; `None` if the body contains none, or is not text. It may repeat data
/// that was sent.
#[must_use]
pub fn explain(response: &BackendResponse<'_>) -> Option<String> {
    read(response.body)
}

fn read(body: &[u8]) -> Option<String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    let text = match body.first()? {
        b'{' | b'[' | b'"' => match serde_json::from_slice(body) {
            Ok(json) => explanation(&json),
            Err(_) => plain(body),
        },
        b'<' => without_markup(&plain(body)),
        _ => plain(body),
    };
    let text = text.trim();
    (!text.is_empty() && is_text(text)).then(|| text.to_owned())
}

/// Returns the beginning of a body as text.
fn plain(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..TEXT_LIMIT).unwrap_or(body)).into_owned()
}

/// True unless the text contains NUL, or many characters that no text has.
fn is_text(text: &str) -> bool {
    let odd = |c: &char| *c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    !text.contains('\0') && text.chars().filter(odd).count() * 8 <= text.chars().count()
}

/// Returns the texts of all known members, for example `Bad Request: Missing DD-API-KEY header`.
fn explanation(json: &Value) -> String {
    match json {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(list) => joined(list.iter().take(LIST_LIMIT).map(explanation), "; "),
        Value::Object(members) => {
            let named = |wanted| members.iter().filter(move |(name, _)| is_named(name, wanted));
            let values = MEMBERS.iter().flat_map(|wanted| named(wanted).map(|(_, value)| explanation(value)));
            joined(values, ": ")
        }
        // Numbers are codes, which the HTTP status repeats.
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

fn is_named(name: &str, wanted: &str) -> bool {
    let letters = name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
    letters.eq(wanted.bytes())
}

/// Joins the texts that are not empty and differ from the one before.
fn joined(texts: impl Iterator<Item = String>, separator: &str) -> String {
    let mut all: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    all.dedup();
    all.join(separator)
}

/// Removes tags, comments, scripts and styles, and joins the words that are left.
fn without_markup(markup: &str) -> String {
    let (mut text, mut rest) = (String::new(), markup);
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = after_tag(tag);
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the text after a tag or comment, whose `<` is already removed; of a script or style, the text after its end.
fn after_tag(tag: &str) -> &str {
    if let Some(comment) = tag.strip_prefix("!--") {
        return comment.split_once("-->").map_or("", |(_, rest)| rest);
    }
    let (name, rest) = tag.split_once('>').unwrap_or_default();
    let is_named =
        |element: &str| name.get(..element.len()).is_some_and(|start| start.eq_ignore_ascii_case(element));
    match NO_TEXT.into_iter().find(|element| is_named(element)) {
        Some(element) => after_end(rest, element),
        None => rest,
    }
}

/// Returns the text after the end tag of an element.
fn after_end<'t>(mut rest: &'t str, element: &str) -> &'t str {
    while let Some((_, tag)) = rest.split_once("</") {
        rest = tag;
        if tag.get(..element.len()).is_some_and(|name| name.eq_ignore_ascii_case(element)) {
            return tag.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(read(body.as_bytes()).unwrap_or_default(), expected, "{body}");
    }

    #[test]
    fn json_errors_of_backends_are_read() {
        for (body, expected) in [
            // Datadog, both versions of its API.
            (
                r#"{"errors":["Payload is not in the expected format","x"]}"#,
                "Payload is not in the expected format; x",
            ),
            (
                r#"{"errors":[{"detail":"Missing DD-API-KEY header","status":"400","title":"Bad Request"}]}"#,
                "Bad Request: Missing DD-API-KEY header",
            ),
            (r#"{"errors":[{"title":"Bad Request"}, {"detail":"why"}]}"#, "Bad Request; why"),
            // Prometheus, Elasticsearch, API Gateway, Splunk, google.rpc.Status, RFC 9457, RFC 6749.
            (
                r#"{"status":"error","errorType":"bad_data","error":"out of bounds"}"#,
                "out of bounds: bad_data",
            ),
            (
                r#"{"error":{"type":"parse_exception","reason":"no such field"},"status":400}"#,
                "parse_exception: no such field",
            ),
            (r#"{"message":"Forbidden"}"#, "Forbidden"),
            (r#"{"Message":"Rate exceeded"}"#, "Rate exceeded"),
            (r#"{"text":"Incorrect index","code":7}"#, "Incorrect index"),
            (
                r#"{"code":3,"message":"timestamp too old","details":[{"@type":"x","reason":"LATE"}]}"#,
                "timestamp too old: LATE",
            ),
            (
                r#"{"type":"about:blank","title":"Not Found","detail":"no tenant","status":404}"#,
                "Not Found: about:blank: no tenant",
            ),
            (
                r#"{"error":"invalid_client","error_description":"unknown key"}"#,
                "invalid_client: unknown key",
            ),
            (r#""service is paused""#, "service is paused"),
        ] {
            check(body, expected);
        }
    }

    #[test]
    fn json_without_explanation_has_none() {
        for body in [r#"{"errors":[]}"#, "{}", "[]", r#"{"message":""}"#, r#"{"took":3,"items":[1,2]}"#] {
            check(body, "");
        }
    }

    #[test]
    fn html_and_xml_are_read_without_their_markup() {
        check(
            "<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>h1 {color: red}</style></head>\r\n\
             <body><center><h1>502 Bad Gateway</h1></center><!-- a > b --><hr>nginx/1.25</body></html>",
            "502 Bad Gateway 502 Bad Gateway nginx/1.25",
        );
        check("<script>if (a<b) { c() }</SCRIPT><p>Sign in</p>", "Sign in");
        check(
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
            "AccessDenied Access Denied",
        );
        check("<html><unclosed", "");
    }

    #[test]
    fn plain_text_is_read_as_it_is() {
        check("404 page not found\n", "404 page not found");
        check("\u{feff}no tenant\r\n", "no tenant");
        check("{\"message\": \"cut", "{\"message\": \"cut");
        check("a\u{1b}[31mb is red text with an escape", "a\u{1b}[31mb is red text with an escape");
    }

    #[test]
    fn binary_and_blank_bodies_have_none() {
        for body in [&b""[..], b" \r\n", b"\x1f\x8b\x08\x00\x01", b"\xff\xfe\xfd\xfc", b"ok\x00\x01"] {
            assert_eq!(read(body), None, "{body:?}");
        }
    }

    #[test]
    fn long_text_is_cut() {
        let text = "é".repeat(10_000);
        assert!(read(text.as_bytes()).is_some_and(|read| read.len() <= TEXT_LIMIT + 3));
    }
}
