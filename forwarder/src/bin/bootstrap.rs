//! `bootstrap`: the Lambda function.

use std::process::ExitCode;

use tailwater_forwarder::{
    forward::{Forwarder, assemble},
    lambda,
    settings::{OwnFunction, Settings, Values},
    telemetry::{Registry, emf::Emf, log::Log},
};

/// Settings that are wrong, or missing: `EX_USAGE` of BSD's sysexits, as linkerd has it.
const BAD_SETTINGS: u8 = 64;

fn main() -> ExitCode {
    let settings = match Settings::read(&Values::from_environment()) {
        Ok(settings) => settings,
        Err(errors) => return fail(&errors.to_string(), ExitCode::from(BAD_SETTINGS)),
    };
    Log::install(settings.log_filter.clone());
    let (function, registry) = (OwnFunction::from_environment(), Registry::default());
    let lines = Emf::new(registry.clone(), function.name.clone().unwrap_or_default());
    let forwarder = match assemble(&settings, function, &registry) {
        Ok(assembled) => Forwarder::new(assembled),
        Err(error) => return fail(&error.to_string(), ExitCode::from(BAD_SETTINGS)),
    };
    // One thread: a function of 128 MB has a fraction of one processor, and starts faster so.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served =
        runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(lambda::serve(forwarder, lines)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), ExitCode::FAILURE),
    }
}

/// Says what is wrong where Lambda's log shows it.
#[expect(clippy::print_stderr, reason = "nothing else is set up yet")]
fn fail(text: &str, code: ExitCode) -> ExitCode {
    eprintln!("{text}");
    code
}
