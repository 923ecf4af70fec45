//! ARNs: names of AWS resources, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

use super::{AccountId, Partition, Region, ValueError};

/// Accepts an ARN of any service and partition. Region and account may be empty, as in the ARN of a role or bucket.
pub fn arn(text: &str) -> Result<String, ValueError> {
    let is_arn = Fields::of(text).is_some_and(|fields| {
        let is_region = fields.region.is_empty() || Region::read(fields.region).is_ok();
        is_region && !fields.service.is_empty() && !fields.resource.is_empty()
    });
    if is_arn { Ok(text.to_owned()) } else { Err(ValueError::BadArn) }
}

/// Returns the region in an ARN; `None` if it has none or the text is not an ARN.
#[must_use]
pub fn region_of_arn(arn: &str) -> Option<Region> {
    Region::read(Fields::of(arn)?.region).ok()
}

/// Returns the resource in the ARN of a service's resource in an account and region; `None` for any other text.
pub(super) fn resource<'a>(arn: &'a str, service: &str) -> Option<&'a str> {
    let fields = Fields::of(arn).filter(|fields| fields.service == service)?;
    Region::read(fields.region).ok()?;
    AccountId::read(fields.account).ok()?;
    Some(fields.resource)
}

/// Fields of an ARN.
struct Fields<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Fields<'a> {
    /// Splits an ARN of any known partition.
    fn of(arn: &'a str) -> Option<Self> {
        let mut fields = arn.splitn(6, ':');
        (fields.next()? == "arn").then_some(())?;
        Partition::named(fields.next()?)?;
        let [service, region, account] = [fields.next()?, fields.next()?, fields.next()?];
        Some(Self { service, region, account, resource: fields.next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_every_partition_are_accepted() {
        for (partition, region) in [
            ("aws", "eu-west-1"),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-west-1"),
            ("aws-iso", "us-iso-east-1"),
            ("aws-iso-b", "us-isob-east-1"),
            ("aws-iso-e", "eu-isoe-west-1"),
            ("aws-iso-f", "us-isof-south-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ] {
            let function = format!("arn:{partition}:lambda:{region}:123456789012:function:tailwater:live");
            assert_eq!(arn(&function), Ok(function.clone()));
            assert_eq!(region_of_arn(&function).expect("it has a region").as_str(), region);
            assert_eq!(resource(&function, "lambda"), Some("function:tailwater:live"));
        }
        let role = "arn:aws:iam::123456789012:role/logs";
        assert_eq!((arn(role), region_of_arn(role)), (Ok(role.to_owned()), None));
    }

    #[test]
    fn text_that_is_no_arn_is_rejected() {
        for wrong in [
            "",
            "arn:aws:lambda",
            "arn:evil:lambda:eu-west-1:123456789012:function:f",
            "arn:aws-x:lambda:eu-west-1:123456789012:function:f",
            "arn:aws:lambda:x@evil.example/:123456789012:function:f",
            "arn:aws::eu-west-1:123456789012:f",
            "arn:aws:lambda:eu-west-1:123456789012:",
            "ARN:aws:lambda:eu-west-1:123456789012:function:f",
        ] {
            assert_eq!(arn(wrong), Err(ValueError::BadArn), "{wrong}");
        }
        assert_eq!(resource("arn:aws:lambda:eu-west-1:1:function:f", "lambda"), None);
        assert_eq!(resource("arn:aws:ssm:eu-west-1:123456789012:parameter/p", "lambda"), None);
    }
}
