//! Names that Lambda gives: log groups, log streams, and functions.

/// Prefix of the log groups that Lambda creates, one for each function.
const GROUP: &str = "/aws/lambda/";

/// Home region of all Lambda@Edge functions.
pub(super) const EDGE_HOME: &str = "us-east-1";

/// Length of the id of an execution environment, in hexadecimal digits.
const ENVIRONMENT_ID: usize = 32;

/// Maximum length of a function's name in an ARN. A name alone has at most 64 characters.
const MAX_NAME: usize = 140;

/// Place where a function runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Site {
    /// Region that the function was created in.
    #[default]
    Home,
    /// Edge location, near a viewer: the function is a replica made by Lambda@Edge.
    Edge,
}

/// Function and version that a log group and a log stream name. An empty string means that they do not name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Names<'n> {
    pub(super) function: &'n str,
    pub(super) version: &'n str,
    pub(super) site: Site,
    /// True if Lambda itself named the log group or the log stream.
    pub(super) are_lambdas: bool,
}

impl<'n> Names<'n> {
    /// Reads the names of a log group and a log stream. The stream's function takes precedence, because functions can
    /// share a group.
    ///
    /// In the log group of a function, the version is read from a stream with any environment id. In another group,
    /// the stream alone has to show that it is Lambda's, so its form is checked as a whole.
    pub(super) fn read(log_group: &'n str, log_stream: &'n str) -> Self {
        let own = log_group.strip_prefix(GROUP).and_then(function_name);
        let stream = Stream::read(log_stream).filter(|stream| own.is_some() || stream.has_environment_id());
        let (function, site) = stream.and_then(|stream| stream.function).or(own).unwrap_or_default();
        Self {
            function,
            version: stream.map_or("", |stream| stream.version),
            site,
            are_lambdas: own.is_some() || stream.is_some(),
        }
    }
}

/// Splits the name of a Lambda@Edge replica, `us-east-1.NAME`, into the function's name and the site. The name of any
/// other function is returned unchanged: it has no dot.
pub(super) fn site_of(name: &str) -> (&str, Site) {
    let replica = name.strip_prefix(EDGE_HOME).and_then(|rest| rest.strip_prefix('.'));
    replica.map_or((name, Site::Home), |name| (name, Site::Edge))
}

/// Reads the name of a function or replica; `None` if it cannot be one.
fn function_name(text: &str) -> Option<(&str, Site)> {
    let (name, site) = site_of(text);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ((1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_name)).then_some((name, site))
}

/// Parts of a log stream's name, `YYYY/MM/DD/[VERSION]ID` or, in a log group that functions share,
/// `YYYY/MM/DD/NAME[VERSION]ID`.
#[derive(Clone, Copy, Debug)]
struct Stream<'n> {
    function: Option<(&'n str, Site)>,
    version: &'n str,
    environment: &'n str,
}

impl<'n> Stream<'n> {
    fn read(log_stream: &'n str) -> Option<Self> {
        let rest = after_date(log_stream)?;
        let (name, rest) = rest.split_once('[')?;
        let (version, environment) = rest.split_once(']')?;
        // The version of functions on Managed Instances is `$LATEST.PUBLISHED`.
        let is_version = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'-' | b'_' | b'.');
        (!version.is_empty() && version.bytes().all(is_version)).then_some(())?;
        let function = if name.is_empty() { None } else { Some(function_name(name)?) };
        Some(Self { function, version, environment })
    }

    fn has_environment_id(&self) -> bool {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        self.environment.len() == ENVIRONMENT_ID && self.environment.bytes().all(is_digit)
    }
}

/// Returns the text after a date `YYYY/MM/DD/`; `None` if the text does not begin with one.
fn after_date(text: &str) -> Option<&str> {
    let (date, rest) = text.split_at_checked("YYYY/MM/DD/".len())?;
    let fits = |(byte, form): (u8, u8)| if form == b'/' { byte == b'/' } else { byte.is_ascii_digit() };
    date.bytes().zip(*b"YYYY/MM/DD/").all(fits).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4426346c2cdf4c54a74d3bd2b929fc44";

    fn check(log_group: &str, log_stream: &str, function: &str, version: &str) {
        let log_stream = log_stream.replace("ID", ID);
        let names = Names::read(log_group, &log_stream);
        assert_eq!((names.function, names.version), (function, version), "{log_group} {log_stream}");
    }

    fn check_unnamed(log_group: &str, log_stream: &str) {
        let log_stream = log_stream.replace("ID", ID);
        assert_eq!(Names::read(log_group, &log_stream), Names::default(), "{log_group} {log_stream}");
    }

    #[test]
    fn functions_own_group_names_it() {
        check("/aws/lambda/checkout", "2023/11/04/[$LATEST]ID", "checkout", "$LATEST");
        check("/aws/lambda/Pay_2-b", "worker-1", "Pay_2-b", "");
        check("/aws/lambda/checkout", "2023/11/04/[41]ab", "checkout", "41");
    }

    #[test]
    fn stream_in_any_group_names_the_function() {
        check("/team/shared", "2023/11/06/checkout[version2023_11]ID", "checkout", "version2023_11");
        check("/aws/lambda/other", "2023/11/06/checkout[7]ID", "checkout", "7");
        check("", "2023/11/06/checkout[$LATEST.PUBLISHED]ID", "checkout", "$LATEST.PUBLISHED");
        check("/team/shared", "2023/11/06/[7]ID", "", "7");
        check("aws-waf-logs-shop", "2023/11/06/checkout[$LATEST]ID", "checkout", "$LATEST");
    }

    #[test]
    fn groups_like_lambdas_are_no_functions() {
        for log_group in [
            "/aws/lambda-insights",
            "/aws/lambda-web/shop",
            "/aws/lambdaX",
            "/aws/lambda/",
            "/aws/lambda/team/checkout",
            "/aws/lambda/checkout.old",
            "/AWS/lambda/checkout",
            "aws/lambda/checkout",
            "/my/aws/lambda/checkout",
            "my-app/prod",
            "/aws/rds/instance/ledger-db/postgresql",
            "/aws/codebuild/checkout",
            "",
        ] {
            check_unnamed(log_group, "worker-1");
        }
    }

    #[test]
    fn streams_like_lambdas_are_no_functions() {
        for log_stream in [
            "2023/11/06/checkout[7]4426346c2cdf4c54a74d3bd2b929fc4",
            "2023/11/06/checkout[7]4426346c2cdf4c54a74d3bd2b929fc44a",
            "2023/11/06/checkout[7]4426346C2CDF4C54A74D3BD2B929FC44",
            "2023/11/06/checkout[7]4426346g2cdf4c54a74d3bd2b929fc44",
            "2023/11/06/checkout[]ID",
            "2023/11/06/check/out[7]ID",
            "2023/11/06/check out[7]ID",
            "2023/11/06/checkout[7 b]ID",
            "2023/11/6/checkout[7]ID",
            "2023-11-06-checkout[7]ID",
            "prefix/2023/11/06/checkout[7]ID",
            "20é3/11/6/checkout[7]ID",
            "ecs/web/ID",
            "states/Orders/2026-04-12-09-00/0a1b2c3d",
            "ID",
        ] {
            check_unnamed("/team/shared", log_stream);
        }
    }

    #[test]
    fn replica_at_the_edge_has_the_name_of_its_function() {
        for (log_group, log_stream) in [
            ("/aws/lambda/us-east-1.auth", "2026/04/12/[3]ID"),
            ("/team/shared", "2026/04/12/us-east-1.auth[3]ID"),
        ] {
            let log_stream = log_stream.replace("ID", ID);
            let names = Names::read(log_group, &log_stream);
            assert_eq!((names.function, names.version, names.site), ("auth", "3", Site::Edge));
        }
        check("/aws/lambda/us-east-1-auth", "", "us-east-1-auth", "");
        check_unnamed("/aws/lambda/us-east-1.", "");
        check_unnamed("/aws/lambda/eu-west-1.auth", "");
    }
}
