//! Endpoints of AWS services. Host names of requests to AWS are built here only, and from checked parts only, since
//! each request carries credentials.

use rusty_s3::{Bucket, UrlStyle};

use super::{Error, Service};
use crate::value::{BucketName, PlainHttp, Region, Url};

/// Returns the base URL of a service in a region, such as `https://sqs.eu-west-1.amazonaws.com`.
pub(super) fn of_service(service: Service, region: &Region) -> Result<Url, Error> {
    let suffix = region.partition().dns_suffix();
    let url = format!("https://{}.{region}.{suffix}", service.code());
    Url::read(&url, PlainHttp::LoopbackOnly).map_err(|reason| Error::BadEndpoint(service, reason))
}

/// Returns `replaced`, a base URL from the settings, else that of the service in the region.
///
/// # Errors
/// Returns an error if the region gives no URL that requests may be sent to.
pub fn service_url(service: Service, region: &Region, replaced: Option<&Url>) -> Result<Url, Error> {
    replaced.map_or_else(|| of_service(service, region), |url| Ok(url.clone()))
}

/// Returns the endpoint of a bucket: below `replaced`, a base URL from the settings, else that of S3 in the region.
pub(super) fn of_bucket(name: &BucketName, region: &Region, replaced: Option<&Url>) -> Result<Bucket, Error> {
    const SERVICE: Service = Service::S3;
    let (base, style) = match replaced {
        Some(url) => (url.clone(), UrlStyle::Path),
        None if name.is_host_label() => (of_service(SERVICE, region)?, UrlStyle::VirtualHost),
        None => (of_service(SERVICE, region)?, UrlStyle::Path),
    };
    let base = base.to_string().parse().map_err(|_| Error::InvalidResponse(SERVICE))?;
    let bucket = Bucket::new(base, style, name.to_string(), region.to_string());
    bucket.map_err(|_| Error::InvalidResponse(SERVICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIONS: [(&str, &str); 8] = [
        ("eu-west-1", "eu-west-1.amazonaws.com"),
        ("cn-north-1", "cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", "us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "us-isob-east-1.sc2s.sgov.gov"),
        ("eu-isoe-west-1", "eu-isoe-west-1.cloud.adc-e.uk"),
        ("us-isof-south-1", "us-isof-south-1.csp.hci.ic.gov"),
        ("eusc-de-east-1", "eusc-de-east-1.amazonaws.eu"),
    ];

    #[test]
    fn host_has_service_region_and_domain_of_the_partition() {
        for (region, domain) in REGIONS {
            let region = Region::read(region).unwrap();
            for (service, code) in [
                (Service::S3, "s3"),
                (Service::Sqs, "sqs"),
                (Service::SecretsManager, "secretsmanager"),
                (Service::Ssm, "ssm"),
                (Service::Logs, "logs"),
                (Service::Lambda, "lambda"),
                (Service::Tagging, "tagging"),
                (Service::Sts, "sts"),
                (Service::Monitoring, "monitoring"),
                (Service::Sso, "portal.sso"),
                (Service::SsoOidc, "oidc"),
            ] {
                let url = of_service(service, &region).unwrap();
                assert_eq!(url.to_string(), format!("https://{code}.{domain}"));
            }
        }
    }

    #[test]
    fn bucket_is_in_the_host_if_the_certificate_covers_it() {
        let url = |name: &str, region: &str, replaced: Option<&Url>| {
            let (name, region) = (BucketName::read_old(name).unwrap(), Region::read_any(region).unwrap());
            of_bucket(&name, &region, replaced).unwrap().object_url("//evil.example/a").to_string()
        };
        for (region, domain) in REGIONS {
            assert_eq!(url("my-logs", region, None), format!("https://my-logs.s3.{domain}///evil.example/a"));
        }
        for name in ["my.logs", "My_Logs", "127.0.0.1"] {
            let expected = format!("https://s3.eu-west-1.amazonaws.com/{name}///evil.example/a");
            assert_eq!(url(name, "eu-west-1", None), expected);
        }
        let own = Url::read("http://127.0.0.1:9000/s3", PlainHttp::LoopbackOnly).unwrap();
        let expected = "http://127.0.0.1:9000/s3/my-logs///evil.example/a";
        assert_eq!(url("my-logs", "garage", Some(&own)), expected);
    }
}
