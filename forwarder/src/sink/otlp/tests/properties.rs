use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use proptest::prelude::*;
use prost::Message as _;
use tailwater_parser::{Level, line::TraceContext};

use super::*;
use crate::sink::otlp::LogsEncoder;

#[derive(Clone, Debug)]
struct Arbitrary {
    stream: usize,
    message: String,
    id: String,
    time: i64,
    texts: [Option<String>; 3],
    trace_context: Option<TraceContext>,
    part: Part,
    level: Option<Level>,
}

fn arbitrary() -> impl Strategy<Value = Arbitrary> {
    let level = prop_oneof![Just(None), Just(Some(Level::Trace)), Just(Some(Level::Fatal))];
    let part =
        prop_oneof![Just(Part::Whole), any::<u32>().prop_map(Part::Piece), any::<u32>().prop_map(Part::Last)];
    let message = prop_oneof![4 => ".{0,200}", 1 => "(long ){2000,4000}"];
    let texts = proptest::array::uniform3(proptest::option::of(".{0,40}"));
    let context = (any::<[u8; 16]>(), any::<Option<[u8; 8]>>(), any::<Option<u8>>())
        .prop_map(|(trace_id, span_id, flags)| TraceContext { trace_id, span_id, flags });
    let context = proptest::option::of(context);
    (0..3_usize, message, ".{0,60}", any::<i64>(), texts, context, part, level).prop_map(
        |(stream, message, id, time, texts, trace_context, part, level)| Arbitrary {
            stream,
            message,
            id,
            time,
            texts,
            trace_context,
            part,
            level,
        },
    )
}

impl Arbitrary {
    fn record<'a>(&'a self, origins: &'a [Origin]) -> Record<'a> {
        let [request_id, trace_id, tenant] = self.texts.each_ref().map(Option::as_deref);
        Record {
            event_id: EventId::CloudWatch(&self.id),
            time: UnixMillis(self.time),
            part: self.part,
            level: self.level,
            request_id,
            trace_id,
            invocation_segment: None,
            trace_context: self.trace_context,
            tenant,
            ..record(&origins[self.stream], &self.message)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_records_are_decoded_in_order(all in proptest::collection::vec(arbitrary(), 1..20)) {
        let origins = [Origin::default(), origin("2026/03/04/[41]a"), origin(&"s".repeat(512))];
        let mut encoder = LogsEncoder::new(enrichment(&[("key", "value"), ("empty", "")]));
        encoder.observe(TIME);
        for one in &all {
            let record = one.record(&origins);
            let (before, most) = (encoder.encoded_len(), encoder.most_added(&record));
            encoder.add(&record);
            let after = encoder.encoded_len();
            prop_assert!(after > before && after <= before + most, "{before} + {most} < {after}");
        }
        let (expected, mut body) = (encoder.encoded_len(), Vec::new());
        encoder.finish(&mut body);
        prop_assert_eq!(body.len(), expected);
        let request = ExportLogsServiceRequest::decode(&*body).expect("valid protobuf");
        prop_assert_eq!(request.encoded_len(), body.len(), "every length has the shortest encoding");
        let records = request.resource_logs.iter().flat_map(|group| &group.scope_logs[0].log_records);
        let bodies: Vec<_> = records.map(|record| show_value(record.body.as_ref())).collect();
        let sent: Vec<_> = all.iter().map(|one| match one.part {
            Part::Piece(_) => one.message.as_str(),
            Part::Whole | Part::Last(_) => one.message.trim_end_matches(['\r', '\n']),
        }).collect();
        prop_assert_eq!(bodies, sent);
    }
}
