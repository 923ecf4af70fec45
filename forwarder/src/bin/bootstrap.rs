//! `bootstrap`: program of the Lambda function that forwards logs.

use std::process::ExitCode;

use tailwater_forwarder::{
    assemble,
    exit::{self, Fatal},
    lambda,
    own_function::OwnFunction,
    settings::{Settings, Values},
    telemetry::{Registry, emf::Emf, log::Log},
};

fn main() -> ExitCode {
    exit::code(run())
}

fn run() -> Result<(), Fatal> {
    let settings = Settings::read(&Values::from_environment()).map_err(Fatal::settings)?;
    Log::install(settings.log_filter.clone());
    settings.log_notes();
    let (function, registry) = (OwnFunction::from_environment(), Registry::default());
    let lines = Emf::new(registry.clone(), function.name.clone().unwrap_or_default());
    let forwarder = assemble::forwarder(&settings, function, &registry).map_err(Fatal::settings)?;
    exit::block_on(lambda::serve(forwarder, lines))
}
