//! Refusal of requests to metadata services, which return credentials. The last check before a request is sent: it sees
//! the host that the HTTP library will use, however it was spelled.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use thiserror::Error;

use super::failure::Error;
use crate::value::{is_link_local, is_metadata_host};

/// Error if a host name has only addresses that requests must not be sent to.
#[derive(Clone, Copy, Debug, Error)]
#[error("link-local or metadata address")]
pub(super) struct MetadataAddress;

/// Parses the URL of a request. The parser resolves all notations of an IPv4 address: decimal, octal, hexadecimal.
///
/// # Errors
/// Returns an error if the URL is invalid, or its host is a link-local address or a metadata service.
pub(super) fn checked(url: &str) -> Result<Url, Error> {
    let url = Url::parse(url).map_err(|_| Error::invalid_url())?;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let is_refused = address.map_or_else(|| is_metadata_host(host), is_link_local);
    if is_refused { Err(Error::metadata_address()) } else { Ok(url) }
}

/// Addresses of the metadata services of AWS: that of EC2 and those of ECS and EKS.
const METADATA_SERVICES: [&str; 5] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"];

/// Parses the URL of a request to a metadata service of AWS or to this machine.
///
/// # Errors
/// Returns an error if the URL is invalid, or has another host.
pub(super) fn metadata(url: &str) -> Result<Url, Error> {
    let url = Url::parse(url).map_err(|_| Error::invalid_url())?;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let is_known = |address: IpAddr| {
        METADATA_SERVICES.iter().any(|known| known.parse() == Ok(address)) || address.is_loopback()
    };
    if address.is_some_and(is_known) || host == "localhost" { Ok(url) } else { Err(Error::invalid_url()) }
}

/// Returns the addresses of a host name that requests may be sent to.
///
/// # Errors
/// Returns an error if all of them are link-local: the name stands for a metadata service.
pub(super) fn allowed(
    found: impl Iterator<Item = SocketAddr>,
) -> Result<std::vec::IntoIter<SocketAddr>, MetadataAddress> {
    let (refused, allowed): (Vec<_>, Vec<_>) = found.partition(|address| is_link_local(address.ip()));
    if allowed.is_empty() && !refused.is_empty() { Err(MetadataAddress) } else { Ok(allowed.into_iter()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Failure;

    #[test]
    fn metadata_service_is_refused_in_every_notation_on_every_scheme() {
        for host in [
            "169.254.169.254",
            "169.254.169.254.",
            "2852039166",
            "0xa9fea9fe",
            "0xA9.0xFE.0xA9.0xFE",
            "0251.0376.0251.0376",
            "169.254.43518",
            "169%2e254.169.254",
            "169。254。169。254",
            "①69.254.169.254",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[fd00:0ec2:0:0:0:0:0:23]",
            "169.254.170.2",
            "user:pass@169.254.169.254:80",
            "instance-data",
            "Metadata.Google.Internal.",
        ] {
            for scheme in ["http", "https"] {
                let error = checked(&format!("{scheme}://{host}/latest/meta-data")).unwrap_err();
                assert_eq!(error.failure, Failure::Unresolved, "{host}");
                assert!(error.detail.contains("metadata"), "{host}: {error}");
            }
        }
    }

    #[test]
    fn metadata_client_reaches_only_metadata_services_of_aws() {
        for host in
            ["169.254.169.254", "169.254.170.2", "[fd00:ec2::23]", "127.0.0.1:9", "[::1]", "localhost"]
        {
            assert!(metadata(&format!("http://{host}/a")).is_ok(), "{host}");
        }
        for host in
            ["169.254.1.1", "10.0.0.1", "example.com", "localhost.example.com", "169.254.169.254.nip.io"]
        {
            assert!(metadata(&format!("http://{host}/a")).is_err(), "{host}");
        }
    }

    #[test]
    fn other_hosts_are_allowed() {
        for host in
            ["127.0.0.1:4318", "[::1]:4318", "10.0.0.1", "169.253.169.254", "s3.eu-west-1.amazonaws.com"]
        {
            let url = format!("http://{host}/a?b=c");
            assert_eq!(checked(&url).unwrap().as_str(), url);
        }
        assert_eq!(checked("http://a b/").unwrap_err().failure, Failure::Unresolved);
    }

    #[test]
    fn link_local_addresses_of_a_name_are_not_used() {
        let of = |addresses: &[&str]| {
            let found = addresses.iter().map(|address| address.parse().unwrap());
            allowed(found)
                .map(|allowed| allowed.map(|address: SocketAddr| address.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(of(&["10.0.0.1:0", "169.254.169.254:0"]).unwrap(), ["10.0.0.1:0"]);
        assert!(of(&["169.254.169.254:0", "[fd00:ec2::254]:0", "[::ffff:169.254.169.254]:0"]).is_err());
        assert_eq!(of(&[]).unwrap(), [""; 0]);
    }
}
