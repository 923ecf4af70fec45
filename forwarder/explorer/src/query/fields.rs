//! Fields that the events of a log have, found in a sample of them.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;

use super::{
    exec::RunCache,
    field::{EventRef, Fields, OWN_FIELDS, for_each_json_field},
    language::{
        self,
        expression::{Expr, ExprKind},
        span::Span,
        tree::{Column, Command, CommandKind},
    },
    value::Value,
};
use crate::{
    store::{BlockInfo, ScannedEvent, Store, StoreError},
    view::Catalog,
};

/// Maximum number of blocks that a sample is taken from.
const MAX_BLOCKS: usize = 50;
/// Maximum number of events in a sample.
const MAX_EVENTS: usize = 5_000;
/// Maximum number of different names that are counted. Names that are found later are left out.
const MAX_NAMES: usize = 20_000;
/// Maximum length of a name in bytes. Longer names are left out.
const MAX_NAME_BYTES: usize = 200;
/// Maximum number of characters of an example.
const MAX_EXAMPLE: usize = 100;

/// Fields of the events in a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSample {
    /// Fields, those of most events first, else by name.
    pub fields: Vec<SampledField>,
    /// Number of events in the sample.
    pub events: u64,
}

/// Field of the events in a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampledField {
    /// Name as queries write it, in backticks where needed.
    pub name: String,
    /// Number of events that have the field.
    pub events: u64,
    /// Value of one of them as text, shortened.
    pub example: String,
}

#[derive(Debug, Default)]
struct Counts {
    /// Number of events and an example, by name.
    fields: HashMap<String, (u64, String), RandomState>,
    events: u64,
}

/// Finds the fields of events that are spread evenly over the blocks of a time range. The same store gives the same
/// sample, unless `must_stop`, which is asked between blocks, ends it early.
///
/// # Errors
/// Returns an error if the store cannot be read.
pub fn sample_fields(
    store: &Store,
    catalog: &Catalog,
    range: TimeRange,
    must_stop: &dyn Fn() -> bool,
) -> Result<FieldSample, StoreError> {
    let blocks = store.blocks(range)?;
    let sampled = blocks.len().min(MAX_BLOCKS);
    let (mut counts, mut runs) = (Counts::default(), RunCache::default());
    for number in 0..sampled {
        if must_stop() {
            break;
        }
        if let Some(block) = blocks.get(number * blocks.len() / sampled) {
            counts.add_block(store, catalog, range, block, MAX_EVENTS / sampled, &mut runs)?;
        }
    }
    Ok(counts.finish())
}

impl Counts {
    /// Adds up to `limit` events of a block, spread evenly.
    fn add_block(
        &mut self,
        store: &Store,
        catalog: &Catalog,
        range: TimeRange,
        block: &BlockInfo,
        limit: usize,
        runs: &mut RunCache,
    ) -> Result<(), StoreError> {
        let (origin, runs) = (store.block_origin(block)?, runs.of(store, block, catalog)?);
        let scanned = store.scan_block(block)?;
        let is_sampled = |event: &ScannedEvent<'_>| range.contains(event.time) && event.part.is_first();
        let events: Vec<_> = scanned.events().filter(is_sampled).collect();
        for event in events.iter().step_by(events.len().div_ceil(limit).max(1)) {
            self.add(&EventRef {
                time: event.time,
                level: event.level,
                kind: event.kind,
                request_id: event.request_id,
                trace_id: event.trace_id,
                message: event.message,
                origin: &origin,
                run: runs.find(event.request_id, event.kind, event.time.0),
            });
        }
        Ok(())
    }

    fn add(&mut self, event: &EventRef<'_>) {
        self.events += 1;
        let (fields, parts) = (Fields::default(), super::field::EventParts::default());
        for (name, field) in OWN_FIELDS {
            self.add_field(name, &fields.read(*field, event, &parts));
        }
        for_each_json_field(event, &mut |name, value| self.add_field(name, &value));
    }

    fn add_field(&mut self, name: &str, value: &Value<'_>) {
        let Some(text) = value.to_text() else { return };
        if let Some((events, _)) = self.fields.get_mut(name) {
            *events += 1;
        } else if self.fields.len() < MAX_NAMES && name.len() <= MAX_NAME_BYTES {
            let example = text.chars().take(MAX_EXAMPLE).collect();
            self.fields.insert(name.to_owned(), (1, example));
        }
    }

    fn finish(self) -> FieldSample {
        let field = |(name, (events, example)): (String, (u64, String))| {
            Some(SampledField { name: written(&name)?, events, example })
        };
        let mut fields: Vec<_> = self.fields.into_iter().filter_map(field).collect();
        fields.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
        FieldSample { fields, events: self.events }
    }
}

/// Name of a field as queries write it; `None` if no query can name it.
fn written(name: &str) -> Option<String> {
    let plain = Expr::new(ExprKind::Field(name.to_owned()), Span::default()).to_string();
    [plain, format!("`{name}`")].into_iter().find(|written| is_field(written, name))
}

/// True if a text is read as the field with this name.
fn is_field(written: &str, name: &str) -> bool {
    let Ok(query) = language::parse(&format!("fields {written}")) else { return false };
    let [Command { kind: CommandKind::Fields(columns), .. }] = query.commands.as_slice() else {
        return false;
    };
    let [Column { expr, alias: None, .. }] = columns.as_slice() else { return false };
    matches!(&expr.kind, ExprKind::Field(read) if read == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::tests::Log;

    fn sample(messages: &[&str]) -> FieldSample {
        let log = Log::lines(messages);
        let store = Store::open_read_only(&log.path).unwrap();
        sample_fields(&store, &Catalog::default(), TimeRange::default(), &|| false).unwrap()
    }

    fn found<'s>(sample: &'s FieldSample, name: &str) -> Option<(u64, &'s str)> {
        let field = sample.fields.iter().find(|field| field.name == name)?;
        Some((field.events, &field.example))
    }

    #[test]
    fn fields_are_counted_with_an_example() {
        let sample = sample(&[
            r#"{"order":{"id":17,"lines":[{"sku":"a"},{"sku":"b"}],"note":null},"ok":true}"#,
            r#"{"order":{"id":18},"order":{"id":19}}"#,
            "plain text",
        ]);
        assert_eq!(sample.events, 3);
        assert_eq!(found(&sample, "@timestamp"), Some((3, "2026-03-04 10:00:00.000")));
        assert_eq!(found(&sample, "order.id"), Some((2, "17")));
        assert_eq!(found(&sample, "order.lines.0.sku"), Some((1, "a")));
        assert_eq!(found(&sample, "ok"), Some((1, "1")));
        assert_eq!((found(&sample, "order.note"), found(&sample, "order")), (None, None));
        let counts: Vec<_> = sample.fields.iter().map(|field| field.events).collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
    }

    #[test]
    fn every_name_can_be_used_in_a_query() {
        let message = r#"{"a-b":{"c d":1},"@x":2,"and":3,"":4,"b`c":5,"a|b":6,"größe":7,"1st":8,"l\nf":9}"#;
        let log = Log::lines(&[message]);
        let sample = sample(&[message]);
        for (name, value) in
            [("`a-b.c d`", "1"), ("@@x", "2"), ("`and`", "3"), ("`a|b`", "6"), ("größe", "7"), ("`1st`", "8")]
        {
            assert_eq!(found(&sample, name), Some((1, value)), "{name} in {:?}", sample.fields);
        }
        assert!(sample.fields.iter().all(|field| !["4", "5"].contains(&field.example.as_str())));
        for field in &sample.fields {
            let rows = log.rows(&format!("fields {} as found | display found", field.name));
            assert!(rows.contains("found"), "{} is missing: {rows}", field.name);
        }
    }

    #[test]
    fn sample_of_a_large_log_is_bounded_and_the_same_each_time() {
        let messages: Vec<String> = (0..12_000)
            .map(|n| format!(r#"{{"n":{n},"k{}":1,"pad":"{}"}}"#, n % 7, "x".repeat(400)))
            .collect();
        let messages: Vec<_> = messages.iter().map(String::as_str).collect();
        let first = sample(&messages);
        assert!((2_000..=5_000).contains(&first.events), "{}", first.events);
        assert_eq!(first, sample(&messages));
        assert_eq!(found(&first, "n").unwrap().0, first.events);
        let stopped = {
            let log = Log::lines(&["a"]);
            let store = Store::open_read_only(&log.path).unwrap();
            sample_fields(&store, &Catalog::default(), TimeRange::default(), &|| true).unwrap()
        };
        assert_eq!(stopped, FieldSample { fields: Vec::new(), events: 0 });
    }
}
