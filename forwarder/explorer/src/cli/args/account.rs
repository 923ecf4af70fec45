//! Arguments that name AWS accounts, for `tailwater pull` and `tailwater verify`.

use clap::{Args, builder::NonEmptyStringValueParser};
use tailwater_forwarder::value::Region;

/// Accounts to read, and credentials.
#[derive(Args, Debug)]
pub(in crate::cli) struct AccountArgs {
    /// Region to read; may be repeated [default: AWS_REGION, or that of the profile]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(in crate::cli) region: Vec<Region>,

    /// ARN of a role to assume, to read its account instead of your own; may be repeated
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) role: Vec<String>,

    /// Profile of ~/.aws/config or ~/.aws/credentials to use [default: AWS_PROFILE]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) profile: Option<String>,

    /// Ask the metadata service of the EC2 instance for credentials if there are no others
    #[arg(long)]
    pub(in crate::cli) imds: bool,

    /// TOML file with settings of the network and of AWS; environment variables take precedence
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) config: Option<String>,
}

fn region(text: &str) -> Result<Region, String> {
    Region::read_any(text).map_err(|reason| reason.to_string())
}
