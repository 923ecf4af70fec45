//! The twelve workloads: configuration, traffic, behaviour and file format of each function.

use std::time::Duration;

use super::{
    behaviour::{RunInput, RunResult, background, customer, scheduled},
    day::{BEGIN, FileFormat, Trigger, Workload},
};
use crate::{
    distribution::Distribution,
    fleet::base_function,
    model::{FailureStyle, Function, InitializationType, LogFormat, Runtime, SystemLogLevel, Tracing},
    rng::Rng,
    timestamp::Timestamp,
};

/// Deployment of version 41 of `checkout-api`: 2026-03-03T14:20:00Z.
pub(crate) const DEPLOY: Timestamp = Timestamp(BEGIN.0 + (4 * 60 + 20) * 60_000);

/// Deployment of version 13 of `search-suggest`, in which a debug line was left on: 2026-03-03T19:20:00Z.
const DEBUG_ON: Timestamp = Timestamp(BEGIN.0 + (9 * 60 + 20) * 60_000);

/// Time at which somebody raised the memory of `price-sync`: 2026-03-03T19:00:00Z.
const RESIZE: Timestamp = Timestamp(BEGIN.0 + 9 * 60 * 60_000);

/// Durations of INIT in microseconds, by the amount of code that is loaded.
const LIGHT_INIT: Distribution = Distribution(&[(0, 38_000), (500, 61_000), (950, 118_000), (1000, 210_000)]);
const MEDIUM_INIT: Distribution =
    Distribution(&[(0, 270_000), (500, 402_000), (950, 610_000), (1000, 980_000)]);
const HEAVY_INIT: Distribution =
    Distribution(&[(0, 720_000), (500, 1_050_000), (950, 1_800_000), (1000, 2_600_000)]);

/// Returns all workloads; the order determines the random draws, and with them every byte of the demo.
pub(crate) fn workloads() -> Vec<Workload> {
    let mut workloads = customer_facing_workloads();
    workloads.append(&mut background_workloads());
    workloads.append(&mut scheduled_workloads());
    workloads
}

/// Functions that answer customers' requests.
fn customer_facing_workloads() -> Vec<Workload> {
    vec![
        Workload {
            versions: &[(BEGIN, "40"), (DEPLOY, "41")],
            ..workload(checkout_api(), Trigger::Traffic(6240), (24, 44), MEDIUM_INIT, customer::checkout_api)
        },
        Workload {
            versions: &[(BEGIN, "12"), (DEBUG_ON, "13")],
            ..workload(
                search_suggest(),
                Trigger::Traffic(5180),
                (300, 700),
                LIGHT_INIT,
                customer::search_suggest,
            )
        },
        workload(auth_token(), Trigger::Traffic(2110), (20, 38), MEDIUM_INIT, customer::auth_token),
        Workload {
            file_format: FileFormat::Tail,
            ..workload(webhook_in(), Trigger::Traffic(860), (40, 90), LIGHT_INIT, customer::webhook_in)
        },
    ]
}

/// Functions that run asynchronously.
fn background_workloads() -> Vec<Workload> {
    vec![
        workload(orders_stream(), Trigger::Traffic(2960), (60, 160), MEDIUM_INIT, background::orders_stream),
        workload(image_resize(), Trigger::Traffic(930), (54, 68), HEAVY_INIT, background::image_resize),
        Workload {
            file_format: FileFormat::Export,
            ..workload(invoice_pdf(), Trigger::Traffic(310), (22, 48), HEAVY_INIT, background::invoice_pdf)
        },
        Workload {
            file_format: FileFormat::FilterPage,
            ..workload(notify_email(), Trigger::Traffic(210), (18, 40), MEDIUM_INIT, background::notify_email)
        },
        workload(report_builder(), Trigger::Traffic(560), (20, 45), MEDIUM_INIT, background::report_builder),
    ]
}

/// Functions that run on a schedule.
fn scheduled_workloads() -> Vec<Workload> {
    vec![
        Workload {
            versions: &[(BEGIN, "$LATEST")],
            memory_changes: &[(RESIZE, 3008)],
            ..workload(price_sync(), Trigger::EveryMinutes(3), (40, 70), HEAVY_INIT, scheduled::price_sync)
        },
        Workload {
            file_format: FileFormat::Csv,
            ..workload(
                thumbs_cleanup(),
                Trigger::EveryMinutes(15),
                (1, 1),
                MEDIUM_INIT,
                scheduled::thumbs_cleanup,
            )
        },
        Workload {
            file_format: FileFormat::LambdaEvent,
            ..workload(stock_sync(), Trigger::EveryMinutes(10), (900, 900), LIGHT_INIT, scheduled::stock_sync)
        },
    ]
}

fn workload(
    function: Function,
    trigger: Trigger,
    runs_per_environment: (u64, u64),
    init: Distribution,
    behaviour: fn(&RunInput<'_>, &mut Rng) -> RunResult,
) -> Workload {
    Workload {
        function,
        versions: &[(BEGIN, "12")],
        memory_changes: &[],
        trigger,
        runs_per_environment,
        init,
        behaviour,
        file_format: FileFormat::Firehose,
    }
}

fn checkout_api() -> Function {
    Function {
        memory_mib: 256,
        log_format: LogFormat::Json(SystemLogLevel::Info),
        tracing: Tracing::Sampled,
        ..base_function("checkout-api", Runtime::Node)
    }
}

fn search_suggest() -> Function {
    Function {
        memory_mib: 128,
        log_format: LogFormat::Json(SystemLogLevel::Info),
        ..base_function("search-suggest", Runtime::Rust)
    }
}

fn auth_token() -> Function {
    Function {
        memory_mib: 256,
        log_format: LogFormat::Json(SystemLogLevel::Info),
        ..base_function("auth-token", Runtime::Python)
    }
}

fn webhook_in() -> Function {
    Function { memory_mib: 128, ..base_function("webhook-in", Runtime::Go) }
}

fn orders_stream() -> Function {
    Function {
        initialization_type: InitializationType::SnapStart,
        ..base_function("orders-stream", Runtime::Java)
    }
}

fn image_resize() -> Function {
    Function {
        memory_mib: 1536,
        timeout: Duration::from_secs(30),
        ..base_function("image-resize", Runtime::Python)
    }
}

/// Has a custom log group, so its stream names contain the function's name.
fn invoice_pdf() -> Function {
    Function {
        memory_mib: 1024,
        timeout: Duration::from_secs(20),
        failure_style: FailureStyle::Both,
        group: Some("/shop/billing"),
        ..base_function("invoice-pdf", Runtime::DotNet)
    }
}

fn notify_email() -> Function {
    Function {
        memory_mib: 256,
        timeout: Duration::from_secs(10),
        ..base_function("notify-email", Runtime::Node)
    }
}

fn report_builder() -> Function {
    Function {
        timeout: Duration::from_secs(15),
        log_format: LogFormat::Json(SystemLogLevel::Info),
        ..base_function("report-builder", Runtime::Node)
    }
}

fn price_sync() -> Function {
    Function {
        memory_mib: 1024,
        timeout: Duration::from_secs(60),
        ..base_function("price-sync", Runtime::Python)
    }
}

fn thumbs_cleanup() -> Function {
    Function {
        memory_mib: 256,
        timeout: Duration::from_secs(30),
        ..base_function("thumbs-cleanup", Runtime::Ruby)
    }
}

fn stock_sync() -> Function {
    Function {
        memory_mib: 128,
        log_format: LogFormat::Json(SystemLogLevel::Info),
        ..base_function("stock-sync", Runtime::Go)
    }
}
