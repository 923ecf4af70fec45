//! The twelve functions: how each is configured, how busy it is, and where its logs are.

use std::time::Duration;

use super::{
    day::{BEGIN, Form, Rhythm, Role},
    story::{Cue, Take, batch, customer, schedule},
};
use crate::{
    model::{Era, Format, Function, Launch, Runtime, SystemLevel, Tracing},
    moment::Moment,
    populace::ordinary,
    rng::Rng,
    spread::Spread,
};

/// 2026-03-03T14:20:00Z, when version 41 of `checkout-api` was deployed.
pub(crate) const DEPLOY: Moment = Moment(BEGIN.0 + (4 * 60 + 20) * 60_000);

/// What INIT takes in microseconds, by how much there is to load.
const LIGHT: Spread = Spread(&[(0, 38_000), (500, 61_000), (950, 118_000), (1000, 210_000)]);
const MIDDLING: Spread = Spread(&[(0, 270_000), (500, 402_000), (950, 610_000), (1000, 980_000)]);
const HEAVY: Spread = Spread(&[(0, 720_000), (500, 1_050_000), (950, 1_800_000), (1000, 2_600_000)]);

/// Everybody, in the order of appearance.
pub(crate) fn roles() -> Vec<Role> {
    let mut roles = customers();
    roles.append(&mut batches());
    roles.append(&mut schedules());
    roles
}

/// What customers wait for.
fn customers() -> Vec<Role> {
    vec![
        Role {
            versions: &[(BEGIN, "40"), (DEPLOY, "41")],
            ..role(checkout_api(), Rhythm::Customers(6240), (24, 44), MIDDLING, customer::checkout_api)
        },
        role(search_suggest(), Rhythm::Customers(5180), (300, 700), LIGHT, customer::search_suggest),
        role(auth_token(), Rhythm::Customers(2110), (20, 38), MIDDLING, customer::auth_token),
        Role {
            form: Form::Tail,
            ..role(webhook_in(), Rhythm::Customers(860), (40, 90), LIGHT, customer::webhook_in)
        },
    ]
}

/// What happens behind their backs.
fn batches() -> Vec<Role> {
    vec![
        role(orders_stream(), Rhythm::Customers(2960), (60, 160), MIDDLING, batch::orders_stream),
        role(image_resize(), Rhythm::Customers(930), (26, 36), HEAVY, batch::image_resize),
        Role {
            form: Form::Export,
            ..role(invoice_pdf(), Rhythm::Customers(310), (22, 48), HEAVY, batch::invoice_pdf)
        },
        Role {
            form: Form::FilterPage,
            ..role(notify_email(), Rhythm::Customers(210), (18, 40), MIDDLING, batch::notify_email)
        },
        role(report_builder(), Rhythm::Customers(560), (20, 45), MIDDLING, batch::report_builder),
    ]
}

/// What a clock starts.
fn schedules() -> Vec<Role> {
    vec![
        role(price_sync(), Rhythm::EveryMinutes(5), (40, 70), HEAVY, schedule::price_sync),
        Role {
            form: Form::Csv,
            ..role(thumbs_cleanup(), Rhythm::EveryMinutes(15), (1, 1), MIDDLING, schedule::thumbs_cleanup)
        },
        Role {
            form: Form::LambdaEvent,
            ..role(stock_sync(), Rhythm::EveryMinutes(10), (900, 900), LIGHT, schedule::stock_sync)
        },
    ]
}

fn role(
    function: Function,
    rhythm: Rhythm,
    lifetime: (u64, u64),
    init: Spread,
    play: fn(&Cue<'_>, &mut Rng) -> Take,
) -> Role {
    Role { function, versions: &[(BEGIN, "12")], rhythm, lifetime, init, play, form: Form::Firehose }
}

fn checkout_api() -> Function {
    Function {
        memory_mib: 256,
        format: Format::Json(SystemLevel::Info),
        tracing: Tracing::Sampled,
        ..ordinary("checkout-api", Runtime::Node)
    }
}

fn search_suggest() -> Function {
    Function {
        memory_mib: 128,
        format: Format::Json(SystemLevel::Info),
        ..ordinary("search-suggest", Runtime::Rust)
    }
}

fn auth_token() -> Function {
    Function {
        memory_mib: 256,
        format: Format::Json(SystemLevel::Info),
        ..ordinary("auth-token", Runtime::Python)
    }
}

fn webhook_in() -> Function {
    Function { memory_mib: 128, ..ordinary("webhook-in", Runtime::Go) }
}

fn orders_stream() -> Function {
    Function { launch: Launch::SnapStart, ..ordinary("orders-stream", Runtime::Java) }
}

fn image_resize() -> Function {
    Function {
        memory_mib: 1536,
        timeout: Duration::from_secs(30),
        ..ordinary("image-resize", Runtime::Python)
    }
}

/// Its log group is one of its own choice, so its streams carry its name.
fn invoice_pdf() -> Function {
    Function {
        memory_mib: 1024,
        timeout: Duration::from_secs(20),
        era: Era::Both,
        group: Some("/shop/billing"),
        ..ordinary("invoice-pdf", Runtime::DotNet)
    }
}

fn notify_email() -> Function {
    Function { memory_mib: 256, timeout: Duration::from_secs(10), ..ordinary("notify-email", Runtime::Node) }
}

fn report_builder() -> Function {
    Function {
        timeout: Duration::from_secs(15),
        format: Format::Json(SystemLevel::Info),
        ..ordinary("report-builder", Runtime::Node)
    }
}

fn price_sync() -> Function {
    Function { memory_mib: 2048, timeout: Duration::from_secs(60), ..ordinary("price-sync", Runtime::Python) }
}

fn thumbs_cleanup() -> Function {
    Function {
        memory_mib: 256,
        timeout: Duration::from_secs(30),
        ..ordinary("thumbs-cleanup", Runtime::Ruby)
    }
}

fn stock_sync() -> Function {
    Function {
        memory_mib: 128,
        format: Format::Json(SystemLevel::Info),
        ..ordinary("stock-sync", Runtime::Go)
    }
}
