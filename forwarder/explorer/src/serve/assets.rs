//! Files of the web page, which `build.rs` embeds in the program.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, header},
};

use super::response::accepts_encoding;

/// File of the web page, with the compressed forms that the build of the page has made, if any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    /// Path below the root of the web page, such as `index.html` or `assets/NAME-HASH.js`.
    pub(super) path: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Returns the file for a URL path. Paths without a file extension are routes inside the web page, so the
/// file is `index.html`.
pub(super) fn find(path: &str) -> Option<&'static Asset> {
    let name = path.trim_start_matches('/');
    let is_file = name.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let wanted = if is_file { name } else { "index.html" };
    ASSETS.iter().find(|asset| asset.path == wanted)
}

impl Asset {
    /// Builds the response, compressed if the client accepts it.
    pub(super) fn response(&self, headers: &HeaderMap) -> Response<Body> {
        let choices = [(self.brotli, "br"), (self.gzip, "gzip")];
        let chosen = choices
            .into_iter()
            .find_map(|(bytes, coding)| Some((bytes?, coding)).filter(|_| accepts_encoding(headers, coding)));
        let mut response = Response::new(Body::from(chosen.map_or(self.plain, |(bytes, _)| bytes)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // The names of these files contain a hash of the content, so a file never changes.
        let cache_control =
            if self.path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
        if let Some((_, coding)) = chosen {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }

    fn media_type(&self) -> &'static str {
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
