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
const LOGS_HOST: &str = "http-intake.logs.";

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

    /// Returns the URLs for the value of `DD_URL`: host or URL of a proxy, or of the logs intake of a Datadog site.
    /// A proxy gets logs and points. The logs intake of a site does not accept points, so they are sent to the API
    /// of that site.
    #[must_use]
    pub fn at_url(url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let (scheme, host) = url.split_once("://").unwrap_or(("https", url));
        let points = match host.strip_prefix(LOGS_HOST) {
            Some(site) => format!("{scheme}://api.{site}"),
            None => format!("{scheme}://{host}"),
        };
        Self::of_hosts(&format!("{scheme}://{host}"), &points)
    }

    fn of_hosts(logs: &str, points: &str) -> Self {
        Self { logs: format!("{logs}/api/v2/logs"), points: format!("{points}/api/v1/distribution_points") }
    }
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

    #[test]
    fn proxy_gets_logs_and_points() {
        let at = |base: &str| (format!("{base}/api/v2/logs"), format!("{base}/api/v1/distribution_points"));
        for (url, base) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("proxy.internal:3834", "https://proxy.internal:3834"),
            ("https://proxy.internal/datadog", "https://proxy.internal/datadog"),
        ] {
            let (logs, points) = at(base);
            check(&Endpoints::at_url(url), &logs, &points);
        }
    }

    #[test]
    fn points_of_a_logs_intake_go_to_the_api_of_its_site() {
        check(
            &Endpoints::at_url("http-intake.logs.datadoghq.eu"),
            "https://http-intake.logs.datadoghq.eu/api/v2/logs",
            "https://api.datadoghq.eu/api/v1/distribution_points",
        );
    }
}
