//! Operations of AWS services that a pull calls: request, right and quota.

use tailwater_forwarder::aws::Service;

/// Operation of an AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the names of the operations")]
pub enum Operation {
    DescribeLogGroups,
    FilterLogEvents,
    StartQuery,
    GetQueryResults,
    ListFunctions,
    GetResources,
    GetMetricData,
    GetCallerIdentity,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 8] = [
        Self::DescribeLogGroups,
        Self::FilterLogEvents,
        Self::StartQuery,
        Self::GetQueryResults,
        Self::ListFunctions,
        Self::GetResources,
        Self::GetMetricData,
        Self::GetCallerIdentity,
    ];

    /// Returns the service.
    #[must_use]
    pub fn service(self) -> Service {
        match self {
            Self::DescribeLogGroups | Self::FilterLogEvents | Self::StartQuery | Self::GetQueryResults => {
                Service::Logs
            }
            Self::ListFunctions => Service::Lambda,
            Self::GetResources => Service::Tagging,
            Self::GetMetricData => Service::Monitoring,
            Self::GetCallerIdentity => Service::Sts,
        }
    }

    /// Returns the value of `X-Amz-Target`; empty if the operation has another protocol.
    #[must_use]
    pub fn target(self) -> &'static str {
        match self {
            Self::DescribeLogGroups => "Logs_20140328.DescribeLogGroups",
            Self::FilterLogEvents => "Logs_20140328.FilterLogEvents",
            Self::StartQuery => "Logs_20140328.StartQuery",
            Self::GetQueryResults => "Logs_20140328.GetQueryResults",
            Self::GetResources => "ResourceGroupsTaggingAPI_20170126.GetResources",
            Self::GetMetricData => "GraniteServiceVersion20100801.GetMetricData",
            Self::ListFunctions | Self::GetCallerIdentity => "",
        }
    }

    /// Returns the action in IAM policies.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::DescribeLogGroups => "logs:DescribeLogGroups",
            Self::FilterLogEvents => "logs:FilterLogEvents",
            Self::StartQuery => "logs:StartQuery",
            Self::GetQueryResults => "logs:GetQueryResults",
            Self::ListFunctions => "lambda:ListFunctions",
            Self::GetResources => "tag:GetResources",
            Self::GetMetricData => "cloudwatch:GetMetricData",
            Self::GetCallerIdentity => "sts:GetCallerIdentity",
        }
    }

    /// Returns the documented number of requests a second in an account and region, with which a pull begins.
    #[must_use]
    pub fn quota(self) -> f64 {
        match self {
            Self::FilterLogEvents | Self::StartQuery | Self::GetQueryResults => 5.0,
            Self::DescribeLogGroups => 10.0,
            Self::ListFunctions | Self::GetResources | Self::GetCallerIdentity => 15.0,
            Self::GetMetricData => 50.0,
        }
    }
}
