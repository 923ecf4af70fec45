//! `macro`: the function behind the CloudFormation macro `Tailwater`.

use std::process::ExitCode;

use tailwater_forwarder::{
    cloudformation::{self, Options},
    lambda,
    settings::{MACRO_SETTINGS, Transforming, Values},
    telemetry::log::Log,
};

/// Settings that are wrong, or missing: `EX_USAGE` of BSD's sysexits.
const BAD_SETTINGS: u8 = 64;

fn main() -> ExitCode {
    let settings = match Transforming::read(&Values::from_environment_of(MACRO_SETTINGS)) {
        Ok(settings) => settings,
        Err(errors) => return fail(&errors.to_string(), ExitCode::from(BAD_SETTINGS)),
    };
    Log::install(settings.log_filter.clone());
    let options = Options::of(&settings);
    let served = lambda::serve_each(async |event, _| cloudformation::answer(event, &options));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(served)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), ExitCode::FAILURE),
    }
}

/// Says what is wrong where Lambda's log shows it.
#[expect(clippy::print_stderr, reason = "nothing else may be set up yet")]
fn fail(text: &str, code: ExitCode) -> ExitCode {
    eprintln!("{text}");
    code
}
