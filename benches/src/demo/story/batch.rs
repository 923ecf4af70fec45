//! The functions that work behind the customers' backs: orders, pictures, invoices, letters and reports.

use super::{Cue, Take, money};
use crate::{model::Ending, object::Object, rng::Rng, spread::Spread, words::Level};

const ORDERS: Spread = Spread(&[(0, 9_000), (500, 34_000), (950, 118_000), (990, 260_000), (1000, 720_000)]);
const ORDERS_MEMORY: Spread = Spread(&[(0, 214), (500, 246), (1000, 298)]);

/// Reads orders from a stream, in batches.
pub(crate) fn orders_stream(_cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(ORDERS, ORDERS_MEMORY, rng);
    let records = rng.between(1, 40);
    if rng.in_ten_thousand(210) {
        let fields = Object::new().text("order_id", &format!("ord_{}", rng.hex(8))).json("attempt", 2);
        take.powertools(50, Level::Warn, "stock is locked, trying again", fields);
    }
    let fields = Object::new().json("records", records).json("iterator_age_ms", rng.between(12, 900));
    take.powertools(97, Level::Info, "batch processed", fields);
    take
}

const RESIZE: Spread =
    Spread(&[(0, 310_000), (500, 1_090_000), (950, 2_880_000), (990, 4_010_000), (1000, 7_300_000)]);
const RESIZE_MEMORY: Spread = Spread(&[(0, 0), (1000, 34)]);

/// The one run that is killed for its memory.
const RESIZE_KILLED: u64 = 611;

/// Makes smaller pictures. It keeps something of every picture, so an environment's memory only grows.
pub(crate) fn image_resize(cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(RESIZE, RESIZE_MEMORY, rng);
    take.max_memory_mib += 388 + 28 * u32::try_from(cue.nth).expect("environments live for some runs");
    let picture = format!("uploads/{}/IMG_{:04}", cue.time.day_path(), rng.below(10_000));
    if cue.ordinal == RESIZE_KILLED {
        take.log(12, Level::Info, format!("decoding s3://shop-media/{picture}.tiff, 11482 x 8640, 378 MB"));
        take.max_memory_mib = cue.function.memory_mib;
        take.ending = Ending::OutOfMemory;
        return take;
    }
    let (width, height) = rng.pick(&[(6000, 4000), (4032, 3024), (3840, 2160), (2048, 2048)]);
    take.log(6, Level::Info, format!("decoding s3://shop-media/{picture}.jpg, {width} x {height}"));
    if take.max_memory_mib > 1150 {
        let warning =
            format!("decoder cache holds {} pictures, {} MB in use", cue.nth + 1, take.max_memory_mib);
        take.log(70, Level::Warn, warning);
    }
    if rng.in_ten_thousand(45) {
        let frames = &[
            "File \"/var/task/PIL/Image.py\", line 3532, in open\n    raise UnidentifiedImageError(msg)",
            "File \"/var/task/resize.py\", line 38, in handler\n    with Image.open(body) as picture:",
        ];
        take.throw(
            "UnidentifiedImageError",
            format!("cannot identify image file '/tmp/{}'", rng.hex(8)),
            frames,
        );
    } else {
        take.log(95, Level::Info, format!("wrote 320, 640 and 1280 px of {picture}.jpg"));
    }
    take
}

const INVOICE: Spread =
    Spread(&[(0, 640_000), (500, 1_900_000), (950, 4_900_000), (990, 8_800_000), (1000, 14_000_000)]);
const INVOICE_MEMORY: Spread = Spread(&[(0, 388), (500, 520), (1000, 702)]);

/// Renders invoices. Long ones do not finish in time.
pub(crate) fn invoice_pdf(cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(INVOICE, INVOICE_MEMORY, rng);
    let invoice = format!("2026-{:05}", 18_400 + cue.ordinal);
    let lines = rng.between(1, 90);
    match rng.below(1000) {
        0..18 => {
            take.time_out(cue);
            take.log(2, Level::Info, format!("invoice {invoice}: rendering {} lines", lines * 41));
            take.log(55, Level::Warn, format!("invoice {invoice}: page 60 of {} after 11 s", 61 + lines));
        }
        18..24 => {
            take.log(3, Level::Info, format!("invoice {invoice}: rendering {lines} lines"));
            take.log(80, Level::Error, "libfontconfig: cannot open /opt/fonts/Inter-Regular.ttf");
            take.ending = Ending::Exited;
        }
        _ => {
            take.log(3, Level::Info, format!("invoice {invoice}: rendering {lines} lines"));
            let (pages, total) = (lines / 30 + 1, money(lines * rng.between(990, 4990)));
            take.log(96, Level::Info, format!("invoice {invoice}: stored, EUR {total}, pages: {pages}"));
        }
    }
    take
}

const EMAIL: Spread =
    Spread(&[(0, 58_000), (500, 142_000), (950, 610_000), (990, 1_900_000), (1000, 4_200_000)]);
const EMAIL_MEMORY: Spread = Spread(&[(0, 88), (500, 94), (1000, 107)]);

/// Sends letters; the mail service wants it slower now and then.
pub(crate) fn notify_email(_cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(EMAIL, EMAIL_MEMORY, rng);
    let template =
        rng.pick(&["order-confirmed", "order-confirmed", "parcel-sent", "password-reset", "invoice"]);
    let order = format!("ord_{}", rng.hex(8));
    if rng.in_ten_thousand(600) {
        let wait = rng.pick(&[200, 400, 800]);
        take.log(
            20,
            Level::Warn,
            format!("ses: Throttling: Maximum sending rate exceeded, retry in {wait} ms"),
        );
    }
    if rng.in_ten_thousand(80) {
        let frames =
            &["render (/var/task/templates.js:112:13)", "async Runtime.handler (/var/task/index.mjs:19:16)"];
        take.throw("TemplateError", format!("{template}: \"firstName\" is not defined"), frames);
    } else {
        take.log(92, Level::Info, format!("sent {template} for {order}"));
    }
    take
}

const REPORT: Spread =
    Spread(&[(0, 120_000), (500, 480_000), (950, 1_400_000), (990, 2_600_000), (1000, 5_000_000)]);
const REPORT_MEMORY: Spread = Spread(&[(0, 190), (500, 260), (1000, 341)]);

/// Builds reports for the shops that rent this one's software: one tenant's take eight times as long.
pub(crate) fn report_builder(cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(REPORT, REPORT_MEMORY, rng);
    let tenant = rng.pick(&["acme", "acme", "acme", "initech", "initech", "globex"]);
    take.tenant = Some(tenant);
    let mut rows = rng.between(800, 42_000);
    if tenant == "globex" {
        take.duration = (take.duration * 8).min(cue.function.timeout);
        rows *= 60;
    }
    let report = rng.pick(&["daily-sales", "returns", "stock-value"]);
    take.log(2, Level::Info, format!("{report}: reading {rows} rows"));
    if take.duration == cue.function.timeout {
        take.log(60, Level::Warn, format!("{report}: query runs for 9 s, no index covers (tenant, day)"));
        take.time_out(cue);
    } else {
        take.log(97, Level::Info, format!("{report}: done, {} KB", rows / 40 + 3));
    }
    take
}
