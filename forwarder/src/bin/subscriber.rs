//! `subscriber`: the function that subscribes log groups to the forwarder.

use std::{process::ExitCode, time::Duration};

use tailwater_forwarder::{
    aws::{Access, logs::Logs},
    http::Client,
    lambda,
    settings::{OwnFunction, SUBSCRIBER_SETTINGS, Subscribing, Values},
    subscriber::Subscriber,
    telemetry::log::Log,
};

/// Settings that are wrong, or missing: `EX_USAGE` of BSD's sysexits.
const BAD_SETTINGS: u8 = 64;

/// For a call of CloudWatch Logs.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let settings = match Subscribing::read(&Values::from_environment_of(SUBSCRIBER_SETTINGS)) {
        Ok(settings) => settings,
        Err(errors) => return fail(&errors.to_string(), ExitCode::from(BAD_SETTINGS)),
    };
    Log::install(settings.log_filter.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(serve(&settings))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), ExitCode::FAILURE),
    }
}

async fn serve(settings: &Subscribing) -> anyhow::Result<()> {
    let client = Client::new(&settings.network)?;
    let access = Access::of(client, &settings.aws, &settings.network, TIMEOUT)?;
    let subscriber = Subscriber::new(Logs::new(access), settings, &OwnFunction::from_environment());
    let served = lambda::serve_each(async |event, run: lambda::Run| {
        let report = subscriber.answer(&event, &run.request_id, run.until).await?;
        serde_json::to_value(report).map_err(anyhow::Error::from)
    });
    served.await.map_err(anyhow::Error::from_boxed)
}

/// Says what is wrong where Lambda's log shows it.
#[expect(clippy::print_stderr, reason = "nothing else may be set up yet")]
fn fail(text: &str, code: ExitCode) -> ExitCode {
    eprintln!("{text}");
    code
}
