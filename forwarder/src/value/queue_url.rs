//! URL of an SQS queue: which region, account and queue it names.

use std::fmt;

use super::{AccountId, PlainHttp, Region, Url, ValueError};

/// URL of an SQS queue, of AWS or of another server with the API of SQS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrl {
    url: Url,
    region: Option<Region>,
}

impl QueueUrl {
    /// Parses the URL of a queue: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`, of any partition, also of FIPS,
    /// dual-stack and VPC endpoints. The URL of another server can have any path.
    ///
    /// # Errors
    /// Returns an error if the text is not a URL that requests may be sent to, or if the host is that of SQS and the path
    /// is not that of a queue.
    pub fn read(text: &str, plain: PlainHttp) -> Result<Self, ValueError> {
        let url = Url::read(text, plain)?;
        let region = region_of(&url.host());
        match &region {
            Some(_) if !names_queue(url.path()) => Err(ValueError::BadQueue),
            Some(_) | None => Ok(Self { url, region }),
        }
    }

    /// Returns the region that the host names; `None` if the host is not one of SQS.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// Returns the URL without its path, which is the endpoint that requests are sent to.
    #[must_use]
    pub fn endpoint(&self) -> Url {
        self.url.root()
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// Returns the region in a host name of SQS; `None` for any other host.
fn region_of(host: &str) -> Option<Region> {
    // The oldest URLs name no region.
    let oldest = (host == "queue.amazonaws.com").then_some("us-east-1");
    let regions = oldest.into_iter().chain(host.split('.')).filter_map(|label| Region::read(label).ok());
    regions.into_iter().find(|region| oldest.is_some() || is_host_in(host, region))
}

/// True if `host` is one of the host names of SQS in `region`.
fn is_host_in(host: &str, region: &Region) -> bool {
    let (partition, region) = (region.partition(), region.as_str());
    let suffixes = [partition.dns_suffix(), partition.dual_stack_suffix()];
    let name = suffixes.iter().find_map(|suffix| without_end(host, suffix));
    let of_region = |name| without_end(name, region);
    match name {
        None => false,
        Some(name) => match (of_region(name), without_end(name, "vpce").and_then(of_region)) {
            (Some(service), _) => matches!(service, "sqs" | "sqs-fips"),
            (None, Some(service)) => without_end(service, "sqs").is_some(),
            (None, None) => without_end(name, "queue") == Some(region),
        },
    }
}

/// Returns a host name without its last labels; `None` if it does not end with them, or has no others.
fn without_end<'h>(host: &'h str, end: &str) -> Option<&'h str> {
    host.strip_suffix(end)?.strip_suffix('.')
}

/// True if a path is `/ACCOUNT/NAME`.
fn names_queue(path: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let is_name = |name: &str| {
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        !stem.is_empty() && name.len() <= 80 && stem.bytes().all(is_allowed)
    };
    let parts = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    parts.is_some_and(|(account, name)| AccountId::read(account).is_ok() && is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<Option<&str>, ValueError>) {
        let read = QueueUrl::read(url, PlainHttp::LoopbackOnly);
        let region = read.as_ref().map(|url| url.region().map(Region::as_str)).map_err(|wrong| *wrong);
        assert_eq!(region, expected, "{url}");
    }

    #[test]
    fn host_names_the_region_in_every_partition() {
        for (host, region) in [
            ("sqs.eu-west-1.amazonaws.com", "eu-west-1"),
            ("sqs-fips.us-west-2.amazonaws.com", "us-west-2"),
            ("sqs.eu-west-1.api.aws", "eu-west-1"),
            ("eu-west-1.queue.amazonaws.com", "eu-west-1"),
            ("queue.amazonaws.com", "us-east-1"),
            ("vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
            ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("sqs.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
            ("sqs.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
            ("sqs.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
            ("sqs.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
            ("sqs.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
            ("sqs.eusc-de-east-1.api.amazonwebservices.eu", "eusc-de-east-1"),
        ] {
            check(&format!("https://{host}/123456789012/parked"), Ok(Some(region)));
        }
    }

    #[test]
    fn host_that_only_looks_like_one_of_sqs_names_no_region() {
        for host in [
            "sqs.eu-west-1.amazonaws.com.evil.example",
            "sqs.eu-west-1.evil.example",
            "evil.eu-west-1.amazonaws.com",
            "sqs.eu-west-1.amazonaws.com.cn",
            "sqs.cn-north-1.amazonaws.com",
            "eu-west-1.amazonaws.com",
            "sqs.evil.vpce.amazonaws.com",
            "sqs.eu-west-1.localhost.localstack.cloud",
            "localhost",
        ] {
            check(&format!("https://{host}/queue/parked"), Ok(None));
        }
    }

    #[test]
    fn path_is_that_of_a_queue() {
        let url = |path: &str| format!("https://sqs.eu-west-1.amazonaws.com{path}");
        check(&url("/123456789012/parked.fifo"), Ok(Some("eu-west-1")));
        for path in
            ["", "/", "/parked", "/1/parked", "/123456789012/", "/123456789012/a/b", "/123456789012/a.b"]
        {
            check(&url(path), Err(ValueError::BadQueue));
        }
        check("http://127.0.0.1:9324/queue/parked", Ok(None));
        check("http://169.254.169.254/123456789012/parked", Err(ValueError::LinkLocal));
        check("http://queue.example/1/q", Err(ValueError::NoTls));
    }

    #[test]
    fn endpoint_has_no_path() {
        let url =
            QueueUrl::read("http://[::1]:9324/queue/parked", PlainHttp::LoopbackOnly).expect("it is valid");
        assert_eq!(url.endpoint().to_string(), "http://[::1]:9324");
    }
}
