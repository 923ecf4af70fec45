//! Origin of log events: account, region, log group, log stream, function and version.

mod names;

use std::sync::Arc;

use self::names::{EDGE_HOME, Names, Site, site_of};

/// Origin of a batch, which is a sequence of log events of one log stream. An empty string means "unknown".
///
/// The function's name is taken from the log stream first (many functions can share a group), then from the
/// group. Names that Lambda does not give name no function: the logs of other services have none.
///
/// ```
/// use tailwater_parser::Origin;
/// let mut origin = Origin::default();
/// origin.set_names("/shared", "2023/11/06/checkout[41]13e3aaaabbbbccccddddeeeeffff0000");
/// assert_eq!((origin.function(), origin.version()), ("checkout", "41"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Id of the account that owns the log group; text, because it may begin with zeros.
    pub account: String,
    /// Region, if the input or an ARN in a log line names it; else empty.
    pub region: String,
    /// AWS resources through which the events arrived, if the input names any. Shared, because every batch of a
    /// delivery has the same.
    pub arrival: Option<Arc<Arrival>>,
    log_group: String,
    log_stream: String,
    function: String,
    version: String,
    site: Site,
    /// True if Lambda itself named the log group or the log stream.
    has_lambda_names: bool,
    /// Account that the batch names, if the account in a line has replaced it.
    first_account: Option<String>,
    /// Function that the batch names, if the function in a line has replaced it.
    first_function: Option<String>,
}

/// AWS resources through which log events arrived at the reader. An empty string means "none". Several can be set: an
/// S3 notification may come through a topic and a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Arrival {
    /// Name of the S3 bucket that holds the object with the events.
    pub bucket: String,
    /// Key of the S3 object with the events, not escaped.
    pub key: String,
    /// ARN of the SNS topic.
    pub topic_arn: String,
    /// Subject of the SNS notification.
    pub subject: String,
    /// ARN of the SQS queue.
    pub queue_arn: String,
    /// ARN of the Kinesis data stream.
    pub stream_arn: String,
    /// ARN of the Firehose stream.
    pub delivery_stream_arn: String,
    /// Source of the EventBridge event, such as `aws.guardduty`.
    pub event_source: String,
    /// Detail type of the EventBridge event, such as `GuardDuty Finding`.
    pub detail_type: String,
}

impl Origin {
    /// Listed name of invocations of which neither the function nor the log group is known.
    pub const UNKNOWN: &str = "unknown";

    /// Name of the log group.
    #[must_use]
    pub fn log_group(&self) -> &str {
        &self.log_group
    }

    /// Name of the log stream. A stream belongs to one execution environment.
    #[must_use]
    pub fn log_stream(&self) -> &str {
        &self.log_stream
    }

    /// Name of the function; empty if unknown, and for logs of other services.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Name under which invocations are listed: the function's; if unknown, that of the log group, else `unknown`.
    ///
    /// ```
    /// use tailwater_parser::Origin;
    /// let mut origin = Origin::default();
    /// assert_eq!(origin.listed_name(), "unknown");
    /// origin.set_names("my-app/prod", "worker-1");
    /// assert_eq!((origin.function(), origin.listed_name()), ("", "my-app/prod"));
    /// ```
    #[must_use]
    pub fn listed_name(&self) -> &str {
        match (self.function.as_str(), self.log_group.as_str()) {
            ("", "") => Self::UNKNOWN,
            ("", group) => group,
            (function, _) => function,
        }
    }

    /// True if the events are those of a Lambda function: the log group, the log stream or a line shows it.
    #[must_use]
    pub fn is_lambda(&self) -> bool {
        self.has_lambda_names || !self.function.is_empty() || !self.version.is_empty()
    }

    /// True if the events are known to come from something else than a Lambda function: they have a log group, a log
    /// stream or an arrival, and nothing shows a function. If nothing at all is known, both this and
    /// [`Origin::is_lambda`] are false.
    #[must_use]
    pub fn is_other_service(&self) -> bool {
        let has_names = || !self.log_group.is_empty() || !self.log_stream.is_empty();
        !self.is_lambda() && (has_names() || self.arrival.is_some())
    }

    /// True if Lambda itself named the log group or the log stream, so that no line can show another function.
    #[must_use]
    pub fn has_lambda_names(&self) -> bool {
        self.has_lambda_names
    }

    /// Execution environment of the function, which is the log stream that Lambda named after it; empty if Lambda did
    /// not name the stream.
    #[must_use]
    pub fn environment(&self) -> &str {
        if self.has_lambda_names { &self.log_stream } else { "" }
    }

    /// True if the function runs as a replica of Lambda@Edge.
    #[must_use]
    pub fn is_edge(&self) -> bool {
        self.site == Site::Edge
    }

    /// Region in the ARN of a function whose logs are in `region`. For a replica of Lambda@Edge, it is the home region
    /// of the function.
    #[must_use]
    pub fn home_region<'r>(&self, region: &'r str) -> &'r str {
        match self.site {
            Site::Home => region,
            Site::Edge => EDGE_HOME,
        }
    }

    /// Version of the function (`$LATEST`, `41`); empty if unknown.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Account that the batch names, even if a line replaced it; empty if the batch names none.
    ///
    /// This and [`Origin::batch_function`] identify log streams and stored records. An account or function taken from a
    /// line does not, because it is unknown until that line is read.
    #[must_use]
    pub fn batch_account(&self) -> &str {
        self.first_account.as_deref().unwrap_or(&self.account)
    }

    /// Function that the batch names (often taken from the name of the input file), even if a line replaced it.
    #[must_use]
    pub fn batch_function(&self) -> &str {
        self.first_function.as_deref().unwrap_or(&self.function)
    }

    /// True if a line replaced the account or function that the batch names.
    #[must_use]
    pub fn is_learned(&self) -> bool {
        self.first_account.is_some() || self.first_function.is_some()
    }

    /// Sets log group and log stream, and the function and version that their names contain.
    pub fn set_names(&mut self, log_group: &str, log_stream: &str) {
        replace(&mut self.log_group, log_group);
        replace(&mut self.log_stream, log_stream);
        let names = Names::read(log_group, log_stream);
        self.set_function(names.function);
        replace(&mut self.version, names.version);
        (self.site, self.has_lambda_names) = (names.site, names.are_lambdas);
    }

    /// Sets the function, for a group and stream that do not name it.
    pub fn set_function(&mut self, function: &str) {
        replace(&mut self.function, function);
        self.first_function = None;
    }

    /// Replaces the account by the one that a line names; [`Origin::batch_account`] still returns that of the batch.
    pub fn learn_account(&mut self, account: &str) {
        learn(&mut self.account, &mut self.first_account, account);
    }

    /// Replaces the function by the one that a line names; [`Origin::batch_function`] still returns that of the batch.
    pub fn learn_function(&mut self, function: &str) {
        let (function, site) = site_of(function);
        if site == Site::Edge {
            self.site = site;
        }
        learn(&mut self.function, &mut self.first_function, function);
    }

    /// Sets the version, for a stream whose name does not contain it.
    pub fn set_version(&mut self, version: &str) {
        replace(&mut self.version, version);
    }

    /// Makes this equal to `other` and reuses the allocated strings.
    pub fn copy_from(&mut self, other: &Self) {
        replace(&mut self.account, &other.account);
        replace(&mut self.region, &other.region);
        self.arrival.clone_from(&other.arrival);
        replace(&mut self.log_group, &other.log_group);
        replace(&mut self.log_stream, &other.log_stream);
        replace(&mut self.function, &other.function);
        replace(&mut self.version, &other.version);
        (self.site, self.has_lambda_names) = (other.site, other.has_lambda_names);
        self.first_account.clone_from(&other.first_account);
        self.first_function.clone_from(&other.first_function);
    }

    /// Makes every field unknown (empty) and keeps the allocated strings for reuse.
    pub fn clear(&mut self) {
        self.copy_from(&Self::default());
    }
}

/// Overwrites `slot` and keeps its buffer, because an origin is refilled for every batch.
pub(crate) fn replace(slot: &mut String, text: &str) {
    slot.clear();
    slot.push_str(text);
}

/// Overwrites `slot` with the value of a line; `first` keeps the original value as long as it differs.
fn learn(slot: &mut String, first: &mut Option<String>, value: &str) {
    if slot == value {
        return;
    }
    let before = std::mem::replace(slot, value.to_owned());
    if first.get_or_insert(before) == value {
        *first = None;
    }
}

/// Parts of a Lambda function's ARN, `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionArn<'a> {
    /// Region the function runs in.
    pub region: &'a str,
    /// Id of the account that owns the function.
    pub account: &'a str,
    /// Name of the function.
    pub function: &'a str,
}

impl<'a> FunctionArn<'a> {
    /// Parses the ARN of a function; `None` for any other text.
    #[must_use]
    pub fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.split(':').skip(2);
        (parts.next()? == "lambda").then_some(())?;
        let (region, account) = (parts.next()?, parts.next()?);
        (parts.next()? == "function").then_some(())?;
        Some(Self { region, account, function: parts.next()? })
    }
}

/// Region in any ARN, `arn:PARTITION:SERVICE:REGION:…`; `None` if it has none or the text is not an ARN.
#[must_use]
pub fn region_of_arn(arn: &str) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.split(':').nth(3)).flatten().filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(group: &str, stream: &str) -> Origin {
        let mut origin = Origin::default();
        origin.set_names(group, stream);
        origin
    }

    #[test]
    fn names_lines_and_callers_show_that_a_log_is_lambdas() {
        let states = |origin: &Origin| (origin.is_lambda(), origin.is_other_service());
        assert_eq!(states(&named("/aws/lambda/checkout", "worker-1")), (true, false));
        let stream = "2023/11/04/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44";
        assert_eq!(states(&named("/team/shared", stream)), (true, false));
        assert_eq!(states(&Origin::default()), (false, false));
        let mut origin = named("/aws/rds/instance/ledger-db/postgresql", "ledger-db.0");
        assert_eq!((states(&origin), origin.environment()), ((false, true), ""));
        origin.learn_function("checkout");
        assert_eq!((states(&origin), origin.environment()), ((true, false), ""));
        let arrival = Some(Arc::new(Arrival { bucket: "lb-logs".to_owned(), ..Arrival::default() }));
        assert_eq!(states(&Origin { arrival, ..Origin::default() }), (false, true));
    }

    #[test]
    fn replica_of_lambda_at_edge_has_its_home_region_in_the_arn() {
        let mut origin = named("/aws/lambda/us-east-1.auth", "2026/04/12/[3]ff");
        assert_eq!((origin.function(), origin.version(), origin.is_edge()), ("auth", "3", true));
        assert_eq!(origin.home_region("eu-central-1"), "us-east-1");
        origin.learn_function("us-east-1.auth");
        assert!(!origin.is_learned(), "the prefix is no part of the name");
        origin.set_names("/aws/lambda/auth", "");
        assert_eq!((origin.is_edge(), origin.home_region("eu-central-1")), (false, "eu-central-1"));
    }

    #[test]
    fn account_and_function_of_the_batch_stay_available() {
        let mut origin = Origin::default();
        origin.set_function("file");
        origin.learn_function("checkout");
        origin.learn_function("refund");
        origin.learn_account("1");
        assert_eq!((origin.account.as_str(), origin.function()), ("1", "refund"));
        assert_eq!((origin.batch_account(), origin.batch_function()), ("", "file"));
        let mut copy = Origin::default();
        copy.copy_from(&origin);
        assert_eq!(copy, origin);
        origin.clear();
        assert_eq!(origin, Origin::default());
    }

    #[test]
    fn confirmed_function_is_not_learned() {
        let mut origin = Origin::default();
        origin.set_function("checkout");
        origin.learn_function("checkout");
        assert!(!origin.is_learned());
        origin.learn_function("refund");
        assert!(origin.is_learned());
        origin.learn_function("checkout");
        assert!(!origin.is_learned());
        origin.learn_function("refund");
        origin.set_function("another");
        assert_eq!(origin.batch_function(), "another");
    }

    #[test]
    fn arns_are_split_into_region_account_and_function() {
        let arn =
            FunctionArn::read("arn:aws:lambda:eu-central-1:825765399535:function:tenner-notifier:7").unwrap();
        assert_eq!(
            (arn.region, arn.account, arn.function),
            ("eu-central-1", "825765399535", "tenner-notifier")
        );
        assert_eq!(FunctionArn::read("arn:aws:lambda:us-east-1::runtime:a783"), None);
        assert_eq!(region_of_arn("arn:aws:lambda:us-east-1::runtime:a783"), Some("us-east-1"));
        assert_eq!(region_of_arn("us-east-1"), None);
    }
}
