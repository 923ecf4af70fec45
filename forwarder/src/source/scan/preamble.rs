//! Lines at the start of an S3 object that describe its columns and are no log events.

use crate::source::lines::{Segment, SegmentStart};

/// State of the search for describing lines, which are only at the start of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preamble {
    /// The next line may be one.
    Possible,
    /// No further line is one.
    Over,
}

impl Preamble {
    /// True if the segment is a line that describes columns. `key` is the key of the object.
    pub(super) fn skips(&mut self, segment: &Segment<'_>, key: &str) -> bool {
        if *self == Self::Over {
            return false;
        }
        let line = segment.bytes.trim_ascii();
        if segment.start == SegmentStart::Line && is_directive(line) {
            return true;
        }
        *self = Self::Over;
        segment.start == SegmentStart::Line && is_column_names(line, key)
    }
}

/// True for a directive of W3C's Extended Log Format, which CloudFront uses.
fn is_directive(line: &[u8]) -> bool {
    const DIRECTIVES: [&[u8]; 7] =
        [b"Version", b"Fields", b"Software", b"Start-Date", b"End-Date", b"Date", b"Remark"];
    let name = line.strip_prefix(b"#").and_then(|rest| rest.split(|byte| *byte == b':').next());
    line.contains(&b':') && name.is_some_and(|name| DIRECTIVES.contains(&name))
}

/// True for the names of columns with which an object of flow logs (of a VPC, a transit gateway or Global Accelerator)
/// begins. Users choose the columns, and AWS adds new ones: in an object of flow logs any list of names is one.
fn is_column_names(line: &[u8], key: &str) -> bool {
    let names = || line.split(|byte| *byte == b' ').filter(|name| !name.is_empty());
    let is_known = || names().count() > 1 && names().all(|name| COLUMNS.contains(&name));
    !line.is_empty() && names().all(is_name) && (is_flow_log(key) || is_known())
}

/// True for the key of an object of flow logs.
fn is_flow_log(key: &str) -> bool {
    key.contains("vpcflowlogs") || key.contains("/globalaccelerator/")
}

/// True for a word of lower-case letters, digits and hyphens that starts with a letter.
fn is_name(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_lowercase)
        && word.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

/// Columns of flow logs by their names: those of a VPC or a transit gateway, then those that only Global Accelerator has.
const COLUMNS: &[&[u8]] = &[
    b"account-id",
    b"action",
    b"az-id",
    b"bytes",
    b"dstaddr",
    b"dstport",
    b"ecs-cluster-arn",
    b"ecs-cluster-name",
    b"ecs-container-id",
    b"ecs-container-instance-arn",
    b"ecs-container-instance-id",
    b"ecs-second-container-id",
    b"ecs-service-name",
    b"ecs-task-arn",
    b"ecs-task-definition-arn",
    b"ecs-task-id",
    b"encryption-status",
    b"end",
    b"flow-direction",
    b"instance-id",
    b"interface-id",
    b"log-status",
    b"packets",
    b"packets-lost-blackhole",
    b"packets-lost-mtu-exceeded",
    b"packets-lost-no-route",
    b"packets-lost-ttl-expired",
    b"pkt-dst-aws-service",
    b"pkt-dstaddr",
    b"pkt-src-aws-service",
    b"pkt-srcaddr",
    b"protocol",
    b"region",
    b"reject-reason",
    b"resource-type",
    b"srcaddr",
    b"srcport",
    b"start",
    b"sublocation-id",
    b"sublocation-type",
    b"subnet-id",
    b"tcp-flags",
    b"tgw-attachment-id",
    b"tgw-dst-az-id",
    b"tgw-dst-eni",
    b"tgw-dst-subnet-id",
    b"tgw-dst-vpc-account-id",
    b"tgw-dst-vpc-id",
    b"tgw-id",
    b"tgw-pair-attachment-id",
    b"tgw-src-az-id",
    b"tgw-src-eni",
    b"tgw-src-subnet-id",
    b"tgw-src-vpc-account-id",
    b"tgw-src-vpc-id",
    b"traffic-path",
    b"type",
    b"version",
    b"vpc-id",
    b"accelerator_id",
    b"aws_account_id",
    b"client_ip",
    b"client_port",
    b"direction",
    b"end_time",
    b"endpoint_ip",
    b"endpoint_port",
    b"endpoint_region",
    b"gip",
    b"gip_port",
    b"globalaccelerator_region",
    b"globalaccelerator_source_ip",
    b"globalaccelerator_source_port",
    b"ip_address_type",
    b"log_status",
    b"reject_reason",
    b"start_time",
    b"vpc_id",
];
