//! URLs of the two intakes (HTTP endpoints, one for logs and one for points) of a Datadog site, or of a proxy in
//! front of it.

/// Domains of Datadog's sites; the first one is the default. Source: `datadog-api-client-rust`, August 2026.
pub const SITES: &[&str] = &[
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
];

/// Prefix of the host name of the logs intake of a site.
pub const LOGS_HOST: &str = "http-intake.logs.";

/// Path of the logs intake.
const LOGS_PATH: &str = "/api/v2/logs";
/// Path of the intake of distribution points.
const POINTS_PATH: &str = "/api/v1/distribution_points";

/// URLs of the two intakes that data is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// URL that request bodies of logs are sent to.
    pub logs: String,
    /// URL that request bodies of distribution points are sent to.
    pub points: String,
}

/// Error for a site that is not one of [`SITES`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown Datadog site: {site}; expected one of {}", SITES.join(", "))]
pub struct UnknownSite {
    /// The unknown site.
    pub site: String,
}

impl Endpoints {
    /// Returns the URLs of a Datadog site, which is written as in `DD_SITE`: `datadoghq.eu`.
    ///
    /// # Errors
    /// Returns an error if `site` is not one of [`SITES`], because the API key must not be sent to a mistyped host.
    pub fn of_site(site: &str) -> Result<Self, UnknownSite> {
        if !SITES.contains(&site) {
            return Err(UnknownSite { site: site.to_owned() });
        }
        Ok(Self::of_hosts(&format!("https://{LOGS_HOST}{site}"), &format!("https://api.{site}")))
    }

    /// Sends logs to `url` instead, the value of `DD_URL`: a host, the URL of a proxy, or the whole URL of an intake. If it
    /// is the logs intake of a Datadog site, points are sent to the API of that site.
    #[must_use]
    pub fn with_logs_at(self, url: &str) -> Self {
        let url = with_scheme(url);
        let site = url.split_once("://").and_then(|(scheme, host)| {
            let (host, _) = host.split_once(['/', ':']).unwrap_or((host, ""));
            Some(format!("{scheme}://api.{}", host.strip_prefix(LOGS_HOST)?))
        });
        let points = site.map_or(self.points, |site| whole(&site, POINTS_PATH));
        Self { logs: whole(&url, LOGS_PATH), points }
    }

    /// Sends points to `url` instead, the value of `DD_API_URL`: a host, or the URL of a proxy or of the API.
    #[must_use]
    pub fn with_api_at(self, url: &str) -> Self {
        Self { points: whole(&with_scheme(url), POINTS_PATH), ..self }
    }

    /// True if a URL is an intake that takes logs only: that of a Datadog site, or one with the path of logs.
    #[must_use]
    pub fn takes_logs_only(url: &str) -> bool {
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        host.starts_with(LOGS_HOST) || url.trim_end_matches('/').ends_with(LOGS_PATH)
    }

    fn of_hosts(logs: &str, points: &str) -> Self {
        Self { logs: whole(logs, LOGS_PATH), points: whole(points, POINTS_PATH) }
    }
}

fn with_scheme(url: &str) -> String {
    if url.contains("://") { url.to_owned() } else { format!("https://{url}") }
}

/// Returns the URL with this path at its end, which is not added a second time.
fn whole(url: &str, path: &str) -> String {
    let url = url.trim_end_matches('/');
    if url.ends_with(path) { url.to_owned() } else { format!("{url}{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(endpoints: &Endpoints, logs: &str, points: &str) {
        assert_eq!((endpoints.logs.as_str(), endpoints.points.as_str()), (logs, points));
    }

    #[test]
    fn site_has_two_intakes() {
        check(
            &Endpoints::of_site("us3.datadoghq.com").unwrap(),
            "https://http-intake.logs.us3.datadoghq.com/api/v2/logs",
            "https://api.us3.datadoghq.com/api/v1/distribution_points",
        );
    }

    #[test]
    fn unknown_site_is_rejected() {
        let error = Endpoints::of_site("datadog.com").unwrap_err().to_string();
        assert!(
            error.starts_with("unknown Datadog site: datadog.com; expected one of datadoghq.com, us3."),
            "{error}"
        );
    }

    fn check_logs(url: &str, logs: &str, points: &str) {
        check(&Endpoints::of_site("us3.datadoghq.com").unwrap().with_logs_at(url), logs, points);
    }

    const POINTS: &str = "https://api.us3.datadoghq.com/api/v1/distribution_points";

    #[test]
    fn proxy_gets_logs_only() {
        check_logs("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/v2/logs", POINTS);
        check_logs("proxy.internal:3834", "https://proxy.internal:3834/api/v2/logs", POINTS);
        check_logs("https://proxy.internal/datadog", "https://proxy.internal/datadog/api/v2/logs", POINTS);
    }

    #[test]
    fn whole_address_is_not_doubled() {
        check_logs("https://intake.example/api/v2/logs", "https://intake.example/api/v2/logs", POINTS);
        check_logs("https://intake.example/x/api/v2/logs/", "https://intake.example/x/api/v2/logs", POINTS);
        let site = Endpoints::of_site("datadoghq.eu").unwrap();
        let logs = "https://http-intake.logs.datadoghq.eu/api/v2/logs";
        let at = |url| site.clone().with_api_at(url);
        let points = "https://api.example/points/api/v1/distribution_points";
        check(&at("https://api.example/points/"), logs, points);
        check(&at(points), logs, points);
        check(&at("api.example/points"), logs, points);
    }

    #[test]
    fn intakes_of_logs_are_known() {
        for url in ["https://http-intake.logs.datadoghq.eu", "https://x.example/a/api/v2/logs/"] {
            assert!(Endpoints::takes_logs_only(url), "{url}");
        }
        for url in ["https://proxy.example", "https://proxy.example/api/v2/logs/x"] {
            assert!(!Endpoints::takes_logs_only(url), "{url}");
        }
    }

    #[test]
    fn points_of_a_logs_intake_go_to_the_api_of_its_site() {
        check_logs(
            "http-intake.logs.datadoghq.eu:443",
            "https://http-intake.logs.datadoghq.eu:443/api/v2/logs",
            "https://api.datadoghq.eu/api/v1/distribution_points",
        );
    }
}
