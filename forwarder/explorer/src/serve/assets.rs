//! The page itself: its files, embedded in the program as `build.rs` found or built them.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, header},
};

use super::answer::takes;

/// A file of the page, and what it is compressed to where that was done when the page was built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    /// From the root, `index.html` or `assets/NAME-HASH.js`.
    pub(super) path: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The file at a path of a URL; every path of the page itself gets its one document.
pub(super) fn find(path: &str) -> Option<&'static Asset> {
    let name = path.trim_start_matches('/');
    let is_file = name.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let wanted = if is_file { name } else { "index.html" };
    ASSETS.iter().find(|asset| asset.path == wanted)
}

impl Asset {
    pub(super) fn answer(&self, headers: &HeaderMap) -> Response<Body> {
        let choices = [(self.brotli, "br"), (self.gzip, "gzip")];
        let chosen = choices
            .into_iter()
            .find_map(|(bytes, coding)| Some((bytes?, coding)).filter(|_| takes(headers, coding)));
        let mut answer = Response::new(Body::from(chosen.map_or(self.plain, |(bytes, _)| bytes)));
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // Files whose name holds a hash of their content never change.
        let keep =
            if self.path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        if let Some((_, coding)) = chosen {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        answer
    }

    fn kind(&self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("woff2") => "font/woff2",
            Some(_) | None => "application/octet-stream",
        }
    }
}
