//! `subscriber`: program of the Lambda function that subscribes log groups to the forwarder.

use std::{process::ExitCode, time::Duration};

use tailwater_forwarder::{
    aws::{AwsClient, logs::Logs},
    exit::{self, Fatal},
    http::Client,
    lambda,
    own_function::OwnFunction,
    settings::{SUBSCRIBER_SETTINGS, Values, read_subscriber},
    subscriber::{Config, Subscriber},
    telemetry::log::Log,
};

/// Maximum time of a request to CloudWatch Logs, retries included.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    exit::code(run())
}

fn run() -> Result<(), Fatal> {
    let config =
        read_subscriber(&Values::from_environment_of(SUBSCRIBER_SETTINGS)).map_err(Fatal::settings)?;
    Log::install(config.log_filter.clone());
    exit::block_on(serve(&config))
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    let client = Client::new(&config.network)?;
    let aws = AwsClient::new(client, &config.aws, TIMEOUT)?;
    let subscriber = Subscriber::new(Logs::new(aws), config, &OwnFunction::from_environment());
    let served = lambda::serve_each(async |event, invocation: lambda::SmallInvocation| {
        let report = subscriber.handle(&event, &invocation.request_id, invocation.until).await?;
        serde_json::to_value(report).map_err(anyhow::Error::from)
    });
    served.await.map_err(anyhow::Error::from_boxed)
}
