//! Where bodies are sent: the two intakes of a Datadog site, or of whatever stands in front of it.

/// Datadog's sites, the one that is meant when none is named first (`datadog-api-client-rust`, August 2026).
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

/// How the host of every site's intake of logs begins.
const LOGS_HOST: &str = "http-intake.logs.";

/// URLs that bodies are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// For [`LogsEncoder`](super::LogsEncoder)'s bodies.
    pub logs: String,
    /// For [`PointsEncoder`](super::PointsEncoder)'s bodies.
    pub points: String,
}

/// A site that Datadog does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such Datadog site: {site}; there are {}", SITES.join(", "))]
pub struct UnknownSite {
    /// What was named.
    pub site: String,
}

impl Endpoints {
    /// Those of a site, as `DD_SITE` names it.
    ///
    /// # Errors
    /// It is none of [`SITES`]: a key must not be sent to a host that somebody mistyped.
    pub fn of_site(site: &str) -> Result<Self, UnknownSite> {
        if !SITES.contains(&site) {
            return Err(UnknownSite { site: site.to_owned() });
        }
        Ok(Self::of_hosts(&format!("https://{LOGS_HOST}{site}"), &format!("https://api.{site}")))
    }

    /// Those at `DD_URL`, which names the intake of logs: a host, or a URL. A proxy is taken to pass points on as
    /// well; a site's own intake of logs does not take them, so they go to the same site's API.
    #[must_use]
    pub fn at_url(url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let (scheme, host) = url.split_once("://").unwrap_or(("https", url));
        let of_points = match host.strip_prefix(LOGS_HOST) {
            Some(site) => format!("{scheme}://api.{site}"),
            None => format!("{scheme}://{host}"),
        };
        Self::of_hosts(&format!("{scheme}://{host}"), &of_points)
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
    fn a_site_has_two_intakes() {
        check(
            &Endpoints::of_site("us3.datadoghq.com").unwrap(),
            "https://http-intake.logs.us3.datadoghq.com/api/v2/logs",
            "https://api.us3.datadoghq.com/api/v1/distribution_points",
        );
    }

    #[test]
    fn no_key_goes_to_a_mistyped_site() {
        let error = Endpoints::of_site("datadog.com").unwrap_err().to_string();
        assert!(
            error.starts_with("no such Datadog site: datadog.com; there are datadoghq.com, us3."),
            "{error}"
        );
    }

    #[test]
    fn a_proxy_takes_both() {
        let at =
            |place: &str| (format!("{place}/api/v2/logs"), format!("{place}/api/v1/distribution_points"));
        for (url, place) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("proxy.internal:3834", "https://proxy.internal:3834"),
            ("https://proxy.internal/datadog", "https://proxy.internal/datadog"),
        ] {
            let (logs, points) = at(place);
            check(&Endpoints::at_url(url), &logs, &points);
        }
    }

    #[test]
    fn an_intake_of_logs_leaves_points_to_the_api() {
        check(
            &Endpoints::at_url("http-intake.logs.datadoghq.eu"),
            "https://http-intake.logs.datadoghq.eu/api/v2/logs",
            "https://api.datadoghq.eu/api/v1/distribution_points",
        );
    }
}
