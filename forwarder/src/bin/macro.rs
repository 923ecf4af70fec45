//! `macro`: program of the Lambda function of the CloudFormation macro `Tailwater`.

use std::process::ExitCode;

use tailwater_forwarder::{
    cloudformation::{self, Options},
    exit::{self, Fatal},
    lambda,
    settings::{MACRO_SETTINGS, Values, read_macro},
    telemetry::log::Log,
};

fn main() -> ExitCode {
    exit::code(run())
}

fn run() -> Result<(), Fatal> {
    let config = read_macro(&Values::from_environment_of(MACRO_SETTINGS)).map_err(Fatal::settings)?;
    Log::install(config.log_filter.clone());
    let options = Options::from_config(&config);
    exit::block_on(lambda::serve_each(async |event, _| cloudformation::transform(event, &options)))
}
