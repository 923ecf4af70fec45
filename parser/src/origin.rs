//! Where a batch of log events comes from: account, region, log group and stream, and so which function.

/// The source of a batch. An empty text means that nothing told.
///
/// The function's name is read from the log stream first (groups can be shared by many functions), then from the
/// group.
///
/// ```
/// use tailwater_parser::Origin;
/// let mut origin = Origin::default();
/// origin.set_names("/shared", "2023/11/06/checkout[41]13e3aaaabbbbccccddddeeeeffff0000");
/// assert_eq!((origin.function(), origin.version()), ("checkout", "41"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Account that owns the log group, as text: leading zeros count.
    pub account: String,
    /// Region, where an ARN or the input's own fields name it.
    pub region: String,
    log_group: String,
    log_stream: String,
    function: String,
    version: String,
    /// The account before a line taught another.
    first_account: Option<String>,
    /// The function before a line taught another.
    first_function: Option<String>,
}

impl Origin {
    /// Name of the log group.
    #[must_use]
    pub fn log_group(&self) -> &str {
        &self.log_group
    }

    /// Name of the log stream: one execution environment.
    #[must_use]
    pub fn log_stream(&self) -> &str {
        &self.log_stream
    }

    /// Name of the function; empty when neither stream nor group tells.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Version of the function (`$LATEST`, `41`); empty when the stream does not tell.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The account as the batch named it, whatever lines taught since; empty when it did not.
    ///
    /// Together with [`Origin::named_function`] a part of every identity: what a line teaches depends on where the
    /// input begins.
    #[must_use]
    pub fn named_account(&self) -> &str {
        self.first_account.as_deref().unwrap_or(&self.account)
    }

    /// The function as the batch named it (often after a file), whatever lines taught since.
    #[must_use]
    pub fn named_function(&self) -> &str {
        self.first_function.as_deref().unwrap_or(&self.function)
    }

    /// Whether a line taught another account or function than the batch named.
    #[must_use]
    pub fn is_learned(&self) -> bool {
        self.first_account.is_some() || self.first_function.is_some()
    }

    /// Sets group and stream, and reads function and version from them.
    pub fn set_names(&mut self, log_group: &str, log_stream: &str) {
        replace(&mut self.log_group, log_group);
        replace(&mut self.log_stream, log_stream);
        let (in_stream, version) = in_stream(log_stream).unwrap_or_default();
        let function = if in_stream.is_empty() { in_group(log_group) } else { in_stream };
        self.set_function(function);
        replace(&mut self.version, version);
    }

    /// Says which function it is where group and stream do not.
    pub fn set_function(&mut self, function: &str) {
        replace(&mut self.function, function);
        self.first_function = None;
    }

    /// Takes the account from a line, and remembers the one that the batch named.
    pub fn learn_account(&mut self, account: &str) {
        learn(&mut self.account, &mut self.first_account, account);
    }

    /// Takes the function from a line, and remembers the one that the batch named.
    pub fn learn_function(&mut self, function: &str) {
        learn(&mut self.function, &mut self.first_function, function);
    }

    /// Says which version it is where the stream's name does not.
    pub fn set_version(&mut self, version: &str) {
        replace(&mut self.version, version);
    }

    /// Copies `other` into this one's buffers.
    pub fn copy_from(&mut self, other: &Self) {
        replace(&mut self.account, &other.account);
        replace(&mut self.region, &other.region);
        replace(&mut self.log_group, &other.log_group);
        replace(&mut self.log_stream, &other.log_stream);
        replace(&mut self.function, &other.function);
        replace(&mut self.version, &other.version);
        self.first_account.clone_from(&other.first_account);
        self.first_function.clone_from(&other.first_function);
    }

    /// Forgets everything, keeping the buffers.
    pub fn clear(&mut self) {
        self.copy_from(&Self::default());
    }
}

/// Overwrites without giving the buffer back: an origin is refilled for every batch.
pub(crate) fn replace(slot: &mut String, text: &str) {
    slot.clear();
    slot.push_str(text);
}

/// Overwrites with what a line tells; the first text stays known as long as it is another one.
fn learn(slot: &mut String, first: &mut Option<String>, told: &str) {
    if slot == told {
        return;
    }
    let before = std::mem::replace(slot, told.to_owned());
    if first.get_or_insert(before) == told {
        *first = None;
    }
}

/// Function (empty in a function's own group) and version of a stream named `YYYY/MM/DD/[function][version]hex`.
fn in_stream(stream: &str) -> Option<(&str, &str)> {
    let after_date = stream.splitn(4, '/').nth(3)?;
    let (function, rest) = after_date.split_once('[')?;
    let (version, _instance) = rest.split_once(']')?;
    Some((function, version))
}

/// The function a log group is named after: the part behind `/aws/lambda/`, else the whole name.
fn in_group(group: &str) -> &str {
    group.strip_prefix("/aws/lambda/").unwrap_or(group)
}

/// The parts of a Lambda function's ARN, `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionArn<'a> {
    /// Region the function runs in.
    pub region: &'a str,
    /// Account that owns it.
    pub account: &'a str,
    /// Its name.
    pub function: &'a str,
}

impl<'a> FunctionArn<'a> {
    /// Reads an ARN; `None` when it is not one of a function.
    #[must_use]
    pub fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.split(':').skip(2);
        (parts.next()? == "lambda").then_some(())?;
        let (region, account) = (parts.next()?, parts.next()?);
        (parts.next()? == "function").then_some(())?;
        Some(Self { region, account, function: parts.next()? })
    }
}

/// The region in an `arn:PARTITION:SERVICE:REGION:…`, such as a runtime version's; `None` when it names none.
#[must_use]
pub fn region_of_arn(arn: &str) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.split(':').nth(3)).flatten().filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(group: &str, stream: &str, function: &str, version: &str) {
        let mut origin = Origin::default();
        origin.set_names(group, stream);
        assert_eq!((origin.function(), origin.version()), (function, version));
    }

    #[test]
    fn a_functions_own_group_names_it() {
        check(
            "/aws/lambda/checkout",
            "2023/11/04/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44",
            "checkout",
            "$LATEST",
        );
    }

    #[test]
    fn the_stream_of_a_shared_group_comes_first() {
        check("/aws/lambda/other", "2023/11/06/checkout[version2023_11]13e3", "checkout", "version2023_11");
    }

    #[test]
    fn a_group_of_another_name_stands_for_the_function() {
        check("my-app/prod", "worker-1", "my-app/prod", "");
        check("", "", "", "");
        check("/aws/lambda/f", "2023/11/04/[broken", "f", "");
    }

    #[test]
    fn what_lines_teach_does_not_hide_what_the_batch_named() {
        let mut origin = Origin::default();
        origin.set_function("file");
        origin.learn_function("checkout");
        origin.learn_function("refund");
        origin.learn_account("1");
        assert_eq!((origin.account.as_str(), origin.function()), ("1", "refund"));
        assert_eq!((origin.named_account(), origin.named_function()), ("", "file"));
        let mut copy = Origin::default();
        copy.copy_from(&origin);
        assert_eq!(copy, origin);
        origin.clear();
        assert_eq!(origin, Origin::default());
    }

    #[test]
    fn what_lines_confirm_is_not_learned() {
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
        assert_eq!(origin.named_function(), "another");
    }

    #[test]
    fn arns_tell_region_and_account() {
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
