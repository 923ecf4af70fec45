//! Functions that run asynchronously: orders, images, invoices, emails and reports.

use super::{RunInput, RunResult, money};
use crate::{app_log::Level, distribution::Distribution, json_object::JsonObject, model::Outcome, rng::Rng};

const ORDERS: Distribution =
    Distribution(&[(0, 9_000), (500, 34_000), (950, 118_000), (990, 260_000), (1000, 720_000)]);
const ORDERS_MEMORY: Distribution = Distribution(&[(0, 214), (500, 246), (1000, 298)]);

/// Processes batches of orders from a stream.
pub(crate) fn orders_stream(_input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(ORDERS, ORDERS_MEMORY, rng);
    let records = rng.between(1, 40);
    if rng.in_ten_thousand(210) {
        let fields = JsonObject::new().text("order_id", &format!("ord_{}", rng.hex(8))).json("attempt", 2);
        result.powertools(50, Level::Warn, "stock is locked, trying again", fields);
    }
    let fields = JsonObject::new().json("records", records).json("iterator_age_ms", rng.between(12, 900));
    result.powertools(97, Level::Info, "batch processed", fields);
    result
}

const RESIZE: Distribution =
    Distribution(&[(0, 310_000), (500, 1_090_000), (950, 2_880_000), (990, 4_010_000), (1000, 7_300_000)]);
const RESIZE_MEMORY: Distribution = Distribution(&[(0, 0), (1000, 34)]);

/// Number of the run that is killed at the memory limit.
const RESIZE_KILLED: u64 = 611;

/// Resizes images. A leak keeps part of every image, so memory use grows with the runs of an environment.
pub(crate) fn image_resize(input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(RESIZE, RESIZE_MEMORY, rng);
    result.max_memory_mib +=
        388 + 15 * u32::try_from(input.run_in_environment).expect("environments live for some runs");
    let picture = format!("uploads/{}/IMG_{:04}", input.time.day_path(), rng.below(10_000));
    if input.run_number == RESIZE_KILLED {
        result.log(12, Level::Info, format!("decoding s3://shop-media/{picture}.tiff, 11482 x 8640, 378 MB"));
        result.max_memory_mib = input.function.memory_mib;
        result.outcome = Outcome::OutOfMemory;
        return result;
    }
    let (width, height) = rng.pick(&[(6000, 4000), (4032, 3024), (3840, 2160), (2048, 2048)]);
    result.log(6, Level::Info, format!("decoding s3://shop-media/{picture}.jpg, {width} x {height}"));
    if result.max_memory_mib > 1150 {
        let warning = format!(
            "decoder cache holds {} pictures, {} MB in use",
            input.run_in_environment + 1,
            result.max_memory_mib
        );
        result.log(70, Level::Warn, warning);
    }
    if rng.in_ten_thousand(45) {
        let frames = &[
            "File \"/var/task/PIL/Image.py\", line 3532, in open\n    raise UnidentifiedImageError(msg)",
            "File \"/var/task/resize.py\", line 38, in handler\n    with Image.open(body) as picture:",
        ];
        result.fail(
            "UnidentifiedImageError",
            format!("cannot identify image file '/tmp/{}'", rng.hex(8)),
            frames,
        );
    } else {
        result.log(95, Level::Info, format!("wrote 320, 640 and 1280 px of {picture}.jpg"));
    }
    result
}

const INVOICE: Distribution =
    Distribution(&[(0, 640_000), (500, 1_900_000), (950, 4_900_000), (990, 8_800_000), (1000, 14_000_000)]);
const INVOICE_MEMORY: Distribution = Distribution(&[(0, 388), (500, 520), (1000, 702)]);

/// Renders invoices; long ones time out.
pub(crate) fn invoice_pdf(input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(INVOICE, INVOICE_MEMORY, rng);
    let invoice = format!("2026-{:05}", 18_400 + input.run_number);
    let lines = rng.between(1, 90);
    match rng.below(1000) {
        0..18 => {
            result.time_out(input);
            result.log(2, Level::Info, format!("invoice {invoice}: rendering {} lines", lines * 41));
            result.log(55, Level::Warn, format!("invoice {invoice}: page 60 of {} after 11 s", 61 + lines));
        }
        18..24 => {
            result.log(3, Level::Info, format!("invoice {invoice}: rendering {lines} lines"));
            result.log(80, Level::Error, "libfontconfig: cannot open /opt/fonts/Inter-Regular.ttf");
            result.outcome = Outcome::Exited;
        }
        _ => {
            result.log(3, Level::Info, format!("invoice {invoice}: rendering {lines} lines"));
            let (pages, total) = (lines / 30 + 1, money(lines * rng.between(990, 4990)));
            result.log(96, Level::Info, format!("invoice {invoice}: stored, EUR {total}, pages: {pages}"));
        }
    }
    result
}

const EMAIL: Distribution =
    Distribution(&[(0, 58_000), (500, 142_000), (950, 610_000), (990, 1_900_000), (1000, 4_200_000)]);
const EMAIL_MEMORY: Distribution = Distribution(&[(0, 88), (500, 94), (1000, 107)]);

/// Sends emails; the mail service throttles some.
pub(crate) fn notify_email(_input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(EMAIL, EMAIL_MEMORY, rng);
    let template =
        rng.pick(&["order-confirmed", "order-confirmed", "parcel-sent", "password-reset", "invoice"]);
    let order = format!("ord_{}", rng.hex(8));
    if rng.in_ten_thousand(600) {
        let wait = rng.pick(&[200, 400, 800]);
        result.log(
            20,
            Level::Warn,
            format!("ses: Throttling: Maximum sending rate exceeded, retry in {wait} ms"),
        );
    }
    if rng.in_ten_thousand(80) {
        let frames =
            &["render (/var/task/templates.js:112:13)", "async Runtime.handler (/var/task/index.mjs:19:16)"];
        result.fail("TemplateError", format!("{template}: \"firstName\" is not defined"), frames);
    } else {
        result.log(92, Level::Info, format!("sent {template} for {order}"));
    }
    result
}

const REPORT: Distribution =
    Distribution(&[(0, 120_000), (500, 480_000), (950, 1_400_000), (990, 2_600_000), (1000, 5_000_000)]);
const REPORT_MEMORY: Distribution = Distribution(&[(0, 190), (500, 260), (1000, 341)]);

/// Builds reports for several tenants; those of one tenant take eight times as long.
pub(crate) fn report_builder(input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(REPORT, REPORT_MEMORY, rng);
    let tenant = rng.pick(&["acme", "acme", "acme", "initech", "initech", "globex"]);
    result.tenant = Some(tenant);
    let mut rows = rng.between(800, 42_000);
    if tenant == "globex" {
        result.duration = (result.duration * 8).min(input.function.timeout);
        rows *= 60;
    }
    let report = rng.pick(&["daily-sales", "returns", "stock-value"]);
    result.log(2, Level::Info, format!("{report}: reading {rows} rows"));
    if result.duration == input.function.timeout {
        result.log(60, Level::Warn, format!("{report}: query runs for 9 s, no index covers (tenant, day)"));
        result.time_out(input);
    } else {
        result.log(97, Level::Info, format!("{report}: done, {} KB", rows / 40 + 3));
    }
    result
}
