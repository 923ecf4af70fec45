//! Requests that a page of another site causes a browser to send. They carry the cookies of this server, and come from
//! this machine, so without this check any page could read the logs or add to them.

use axum::http::{HeaderMap, HeaderName, Method, header};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Parts of a request on which its admission depends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'r> {
    pub(super) method: &'r Method,
    pub(super) path: &'r str,
    pub(super) headers: &'r HeaderMap,
}

impl Head<'_> {
    fn is_read(&self) -> bool {
        *self.method == Method::GET || *self.method == Method::HEAD
    }

    fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        header_text(self.headers, name)
    }
}

/// Returns the text of a header; `None` if it is missing or not ASCII.
pub(super) fn header_text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// True if the request is denied because a page of another site, or of another port of this machine, has caused it.
/// Navigation to a page is not denied; the page itself contains no data.
///
/// Browsers send `sec-fetch-site` to this machine and over HTTPS. Without it, `origin` and `referer` decide. Clients that
/// are not browsers send none of these.
pub(super) fn is_denied(request: &Head<'_>) -> bool {
    let origin = request.text(&header::ORIGIN);
    let is_foreign = |url: &str| !is_of_host(url, request.text(&header::HOST));
    if !request.is_read() || request.is_api() {
        match request.text(&SEC_FETCH_SITE) {
            Some("same-origin" | "none") => origin.is_some_and(is_foreign),
            Some(_) => true,
            None => [origin, request.text(&header::REFERER)].into_iter().flatten().any(is_foreign),
        }
    } else {
        match request.text(&SEC_FETCH_SITE) {
            None | Some("same-origin" | "none") => false,
            Some(_) => !is_navigation(request),
        }
    }
}

/// True if the user has followed a link, and the response is shown in a tab of its own.
fn is_navigation(request: &Head<'_>) -> bool {
    request.text(&SEC_FETCH_MODE) == Some("navigate")
        && request.text(&SEC_FETCH_DEST).is_none_or(|destination| destination == "document")
}

/// True if a URL, or an origin, is of the host in the `host` header.
fn is_of_host(url: &str, host: Option<&str>) -> bool {
    let rest = url.split_once("://").map(|(_, rest)| rest);
    let own = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    own.zip(host).is_some_and(|(own, host)| own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const OWN: &str = "http://127.0.0.1:4680";

    #[track_caller]
    fn check(method: &Method, path: &str, all: &[(&'static str, &str)], expected: bool) {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        let headers: HeaderMap = all.iter().chain(&[("host", "127.0.0.1:4680")]).map(pair).collect();
        let denied = is_denied(&Head { method, path, headers: &headers });
        assert_eq!(denied, expected, "{method} {path} {all:?}");
    }

    #[test]
    fn clients_other_than_browsers_are_not_denied() {
        check(&Method::GET, "/api/v1/logs", &[], false);
        check(&Method::POST, "/api/v1/deliveries", &[], false);
    }

    #[test]
    fn api_is_denied_to_other_sites() {
        for site in ["cross-site", "same-site", "anything"] {
            for path in ["/api/v1/logs", "/api/v1/logs/export", "/api/v1/events"] {
                check(&Method::GET, path, &[("sec-fetch-site", site)], true);
                let navigation = [
                    ("sec-fetch-site", site),
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", "document"),
                ];
                check(&Method::GET, path, &navigation, true);
            }
        }
        check(&Method::GET, "/api/v1/logs", &[("sec-fetch-site", "same-origin")], false);
        check(&Method::GET, "/api/v1/logs", &[("sec-fetch-site", "none")], false);
    }

    #[test]
    fn origin_and_referer_decide_without_fetch_metadata() {
        let own_page = format!("{OWN}/functions?since=1");
        check(&Method::GET, "/api/v1/logs", &[("referer", &own_page)], false);
        check(&Method::GET, "/api/v1/logs", &[("origin", OWN)], false);
        for foreign in
            ["http://evil.example/", "http://127.0.0.1:4681/a", "http://127.0.0.1:4680.evil.example/", "null"]
        {
            check(&Method::GET, "/api/v1/logs", &[("referer", foreign)], true);
            check(&Method::HEAD, "/api/v1/logs", &[("origin", foreign)], true);
        }
    }

    #[test]
    fn writes_need_the_own_origin() {
        for path in ["/api/v1/deliveries", "/login"] {
            check(&Method::POST, path, &[("origin", OWN)], false);
            check(&Method::POST, path, &[("origin", "http://evil.example")], true);
            check(&Method::POST, path, &[("origin", "null")], true);
            let navigation = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
            check(&Method::POST, path, &navigation, true);
            let contradiction = [("sec-fetch-site", "same-origin"), ("origin", "http://evil.example")];
            check(&Method::POST, path, &contradiction, true);
        }
    }

    #[test]
    fn links_to_pages_work_and_embedding_does_not() {
        let from_link = |dest| [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), dest];
        check(&Method::GET, "/functions", &from_link(("sec-fetch-dest", "document")), false);
        check(&Method::GET, "/functions", &from_link(("sec-fetch-dest", "iframe")), true);
        let script = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
        check(&Method::GET, "/assets/index.js", &script, true);
        check(&Method::GET, "/functions", &[("referer", "http://chat.example/")], false);
    }
}
