//! AWS partitions: separate sets of regions, each with its own name in ARNs and its own DNS domains.
//!
//! The table is that of `partitions.json`, which AWS's SDKs share (version 1.1 of November 2026).

/// AWS partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    /// Commercial regions.
    Aws,
    /// China.
    China,
    /// United States, for the government.
    UsGov,
    /// Isolated regions `us-iso-*`.
    Iso,
    /// Isolated regions `us-isob-*`.
    IsoB,
    /// Isolated regions `eu-isoe-*`.
    IsoE,
    /// Isolated regions `us-isof-*`.
    IsoF,
    /// European Sovereign Cloud.
    EuSovereign,
}

/// Row of the table of partitions.
struct Row {
    partition: Partition,
    /// Name in ARNs.
    name: &'static str,
    /// Start of the names of its regions.
    region_prefix: &'static str,
    /// Domain of the services' endpoints.
    dns_suffix: &'static str,
    /// Domain of the endpoints that have IPv6 addresses, too.
    dual_stack_suffix: &'static str,
}

const TABLE: [Row; 8] = [
    Row {
        partition: Partition::China,
        name: "aws-cn",
        region_prefix: "cn-",
        dns_suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
    },
    Row {
        partition: Partition::UsGov,
        name: "aws-us-gov",
        region_prefix: "us-gov-",
        dns_suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
    },
    Row {
        partition: Partition::Iso,
        name: "aws-iso",
        region_prefix: "us-iso-",
        dns_suffix: "c2s.ic.gov",
        dual_stack_suffix: "api.aws.ic.gov",
    },
    Row {
        partition: Partition::IsoB,
        name: "aws-iso-b",
        region_prefix: "us-isob-",
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_suffix: "api.aws.scloud",
    },
    Row {
        partition: Partition::IsoE,
        name: "aws-iso-e",
        region_prefix: "eu-isoe-",
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
    },
    Row {
        partition: Partition::IsoF,
        name: "aws-iso-f",
        region_prefix: "us-isof-",
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_suffix: "api.aws.hci.ic.gov",
    },
    Row {
        partition: Partition::EuSovereign,
        name: "aws-eusc",
        region_prefix: "eusc-",
        dns_suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
    },
    COMMERCIAL,
];

/// Partition of all regions that no other row names, so that a new commercial region works at once.
const COMMERCIAL: Row = Row {
    partition: Partition::Aws,
    name: "aws",
    region_prefix: "",
    dns_suffix: "amazonaws.com",
    dual_stack_suffix: "api.aws",
};

impl Partition {
    /// Returns the partition of a region. Names that are no region's count as commercial.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        TABLE.iter().find(|row| region.starts_with(row.region_prefix)).unwrap_or(&COMMERCIAL).partition
    }

    /// Returns the partition that has this name in ARNs, such as `aws-cn`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.partition)
    }

    /// Returns its name in ARNs, such as `aws-cn`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the domain of its services' endpoints, such as `amazonaws.com.cn`.
    #[must_use]
    pub fn dns_suffix(self) -> &'static str {
        self.row().dns_suffix
    }

    /// Returns the domain of its endpoints that have IPv6 addresses, too (dual-stack endpoints).
    #[must_use]
    pub fn dual_stack_suffix(self) -> &'static str {
        self.row().dual_stack_suffix
    }

    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.partition == self).unwrap_or(&COMMERCIAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_determines_partition_and_domain() {
        for (region, name, suffix) in [
            ("eu-west-1", "aws", "amazonaws.com"),
            ("us-east-1", "aws", "amazonaws.com"),
            ("mx-central-1", "aws", "amazonaws.com"),
            ("ap-southeast-7", "aws", "amazonaws.com"),
            ("nz-north-1", "aws", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
            ("us-iso-west-1", "aws-iso", "c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
            ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
            ("", "aws", "amazonaws.com"),
        ] {
            let partition = Partition::of_region(region);
            assert_eq!((partition.name(), partition.dns_suffix()), (name, suffix), "{region}");
        }
    }

    #[test]
    fn every_name_is_that_of_its_partition() {
        for row in &TABLE {
            assert_eq!(Partition::named(row.name), Some(row.partition));
            assert_eq!((row.partition.name(), row.partition.dns_suffix()), (row.name, row.dns_suffix));
            assert_eq!(row.partition.dual_stack_suffix(), row.dual_stack_suffix);
        }
        for other in ["", "AWS", "aws-", "aws-x", "amazonaws.com"] {
            assert_eq!(Partition::named(other), None, "{other}");
        }
    }
}
