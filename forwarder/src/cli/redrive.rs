//! `tailwater redrive`: delivers what is parked, or says what it is.

use std::{
    fs,
    io::{self, Write as _},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use tailwater_parser::UnixMillis;

use super::{
    ALL_FINE, BAD_SETTINGS, INTERRUPTED, SOME_REJECTED, args::Redrive as Flags, check::complaint, complain,
    interrupt::Interrupt,
};
use crate::{
    aws::Access,
    body::SinkIndex,
    deliver::park::{self, Cursor, Lot, Shelf},
    forward::{Forwarder, Order, Redriven, Step, assemble},
    http::Client,
    settings::{Layers, OwnFunction, Settings, SinkName, Values},
    source::Redrive,
    telemetry::{Registry, log::Log},
    view::{LedgerCounts, format::counted},
};

/// How long one parked object may take.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// What the requests that write what is left are called.
const REQUEST_ID: &str = "redrive";

/// Runs the verb; the answer is the exit code.
pub(super) fn run(flags: Flags) -> anyhow::Result<u8> {
    let which = Redrive {
        sink: flags.sink.clone(),
        since: flags.since.map(|since| since.resolve(now())),
        limit: flags.limit,
    };
    let mut chosen = flags.settings.into_values();
    chosen.set("TAILWATER_PARKING", flags.place);
    let layers = Layers::new(chosen, Values::from_environment(), |path| fs::read_to_string(path));
    let settings = match Settings::read(&layers) {
        Ok(settings) => settings,
        Err(errors) => {
            complain(&complaint(&errors));
            return Ok(BAD_SETTINGS);
        }
    };
    Log::install(settings.log_filter.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lot = lot(&settings)?;
    if flags.dry_run {
        return runtime.block_on(list(&lot, &which));
    }
    let order = Order { which, to: flags.to.map(|to| index_of(&settings, to)).transpose()? };
    let interrupt = Interrupt::listen()?;
    let mut forwarder =
        Forwarder::new(assemble(&settings, OwnFunction::from_environment(), &Registry::default())?);
    let pause = flags.rate.map(|rate| Duration::from_secs(1) / rate.get());
    let next = || {
        if let Some(pause) = pause {
            thread::park_timeout(pause);
        }
        let now = now();
        let patience = i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX);
        (!interrupt.is_asked()).then(|| (now, UnixMillis(now.0.saturating_add(patience))))
    };
    let redriven = runtime.block_on(forwarder.redrive(&lot, &order, REQUEST_ID, next, tell))?;
    show(&redriven, &settings, flags.json)?;
    Ok(if interrupt.is_asked() {
        INTERRUPTED
    } else if redriven.left + redriven.unreadable > 0 {
        SOME_REJECTED
    } else {
        ALL_FINE
    })
}

fn lot(settings: &Settings) -> anyhow::Result<Lot> {
    let client = Client::new(&settings.network)?;
    let parking = settings.parking.as_ref().ok_or_else(|| anyhow::anyhow!("no place is named"))?;
    Ok(Lot::new(parking, || Access::new(client, settings))?)
}

fn index_of(settings: &Settings, to: SinkName) -> anyhow::Result<SinkIndex> {
    let place = settings.sinks.iter().position(|sink| sink.name() == to);
    let missing = || anyhow::anyhow!("--to {}: it is not among TAILWATER_SINKS", to.name());
    place.map(SinkIndex).ok_or_else(missing)
}

/// Says of an object what a person has to know: that it is still there.
fn tell(key: &str, step: &Step) {
    match step {
        Step::Settled | Step::PassedOver => {}
        Step::Reduced => complain(&format!("tailwater: {key}: a part of it is still owed")),
        Step::Stays => complain(&format!("tailwater: {key}: not delivered, it stays")),
        Step::Unreadable(reason) => complain(&format!("tailwater: {key}: {reason}; it stays")),
    }
}

fn show(redriven: &Redriven, settings: &Settings, as_json: bool) -> io::Result<()> {
    let Redriven { settled, left, unreadable, accounts } = redriven;
    let names = settings.sinks.iter().map(|sink| sink.name().name());
    let ledgers = names.zip(accounts).map(|(name, account)| (name, LedgerCounts::from(&account.ledger)));
    let mut out = io::stdout().lock();
    if as_json {
        let sinks: serde_json::Map<_, _> =
            ledgers.map(|(name, counts)| (name.to_owned(), json!(counts))).collect();
        let document = json!({"settled": settled, "left": left, "unreadable": unreadable, "sinks": sinks});
        return writeln!(out, "{document}");
    }
    writeln!(out, "{} settled, {left} left, {unreadable} unreadable", counted(*settled, "parked object"))?;
    for (name, counts) in ledgers.filter(|(_, counts)| counts.received > 0) {
        let LedgerCounts { received, delivered, filtered, parked, rejected, .. } = counts;
        writeln!(
            out,
            "{name:8}  {received} events received = {delivered} delivered + {filtered} filtered + {parked} parked + {rejected} rejected"
        )?;
    }
    Ok(())
}

/// Says what is parked, and sends nothing.
async fn list(lot: &Lot, which: &Redrive) -> anyhow::Result<u8> {
    let prefix = match &which.sink {
        Some(sink) => Shelf::Parked.prefix_of_sink(sink),
        None => Shelf::Parked.prefix().to_owned(),
    };
    let (mut cursor, mut shown): (Option<Cursor>, u64) = (None, 0);
    loop {
        let page = lot.list(&prefix, cursor.as_ref()).await?;
        for ticket in &page.tickets {
            let bytes = lot.read(ticket).await?;
            lot.release(ticket).await?;
            let is_enough = which.limit.is_some_and(|limit| shown >= limit);
            if let Some(line) = bytes.filter(|_| !is_enough).and_then(|bytes| described(&bytes, which)) {
                writeln!(io::stdout().lock(), "{}  {line}", ticket.key)?;
                shown += 1;
            }
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    writeln!(io::stdout().lock(), "{}; nothing was sent", counted(shown, "parked object"))?;
    Ok(ALL_FINE)
}

/// What an object owes; `None` when it is not meant.
fn described(bytes: &[u8], which: &Redrive) -> Option<String> {
    let header = match park::decode(bytes) {
        Ok(parked) => parked.header,
        Err(park::ParkedError::NotParked) => {
            return Some("an event that AWS put away, owed to all".to_owned());
        }
        Err(error) => return Some(error.to_string()),
    };
    which.since.is_none_or(|since| since <= header.time_ms).then_some(())?;
    let minutes = now().0.saturating_sub(header.time_ms.0) / 60_000;
    let metrics = if header.owes_metrics { " and metrics" } else { "" };
    let events = if header.owed.end() == u32::MAX {
        "everything behind what was read".to_owned()
    } else {
        counted(header.owed.count(), "event")
    };
    Some(format!("{events}{metrics} owed to {}, {}, {minutes} min ago", header.sink, header.reason))
}

fn now() -> UnixMillis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}
