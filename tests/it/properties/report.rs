//! The numbers of a parsed REPORT line are those after its keys, as a simple second parser reads them; and a REPORT
//! line
//! written in Lambda's format is read back unchanged.

use std::time::Duration;

use tailwater_parser::{
    Line,
    line::{Report, parse},
};

pub(crate) fn holds(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Line::Report(report) = parse(&text)
        && text.starts_with("REPORT ")
    {
        agrees(&text, &report);
    }
    reads_what_was_written(data);
}

/// Checks that this value is after one of the occurrences of `KEY:`.
fn agrees(text: &str, report: &Report<'_>) {
    let nanos = |duration: Option<Duration>| duration.map(|duration| duration.as_nanos());
    let mib = |memory: Option<tailwater_parser::MemoryMib>| memory.map(|memory| u128::from(memory.0));
    let times = [
        ("Duration:", report.duration),
        ("Billed Duration:", report.billed_duration),
        ("Init Duration:", report.init_duration),
        ("Restore Duration:", report.restore_duration),
        ("Billed Restore Duration:", report.billed_restore_duration),
    ];
    for (key, duration) in times {
        is_behind(text, key, nanos(duration), |number| slow_decimal(number, 6));
    }
    for (key, memory) in [("Memory Size:", report.memory_size), ("Max Memory Used:", report.max_memory_used)]
    {
        is_behind(text, key, mib(memory), |number| slow_decimal(number, 0));
    }
}

fn is_behind(text: &str, key: &str, read: Option<u128>, slowly: impl Fn(&str) -> Option<u128>) {
    let Some(read) = read else { return };
    let behind = text.match_indices(key).filter_map(|(at, key)| text.get(at + key.len()..));
    let words = behind.filter_map(|behind| {
        let value = behind.trim_ascii_start().trim_start_matches('[');
        value.split(|c: char| c.is_ascii_whitespace() || c == ']').next()
    });
    let found: Vec<_> = words.filter_map(slowly).collect();
    assert!(found.contains(&read), "{key} was read as {read}, but {found:?} stand in {text:?}");
}

/// Parses a decimal number into an integer with this number of decimal places; further digits are cut off.
fn slow_decimal(number: &str, places: usize) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = !whole.is_empty()
        && (places == 0 || (whole.to_owned() + fraction).bytes().all(|byte| byte.is_ascii_digit()));
    let fraction: String = fraction.chars().chain("000000".chars()).take(places).collect();
    is_number.then(|| (whole.to_owned() + &fraction).parse().ok())?
}

/// Writes a REPORT line with numbers from the data and reads it back.
fn reads_what_was_written(data: &[u8]) {
    let mut numbers =
        data.chunks(4).map(|chunk| chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)));
    let mut next = || numbers.next().unwrap_or(0);
    let (hundredths, billed, size, used, init) = (next(), next(), next(), next(), next());
    let duration = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let text = format!(
        "REPORT RequestId: 6f3b\tDuration: {duration} ms\tBilled Duration: {billed} ms\tMemory Size: {size} MB\tMax \
         Memory Used: {used} MB\tInit Duration: {init} ms\t\n"
    );
    let Line::Report(report) = parse(&text) else { panic!("no REPORT: {text}") };
    let millis = |millis: u32| Some(Duration::from_millis(millis.into()));
    assert_eq!(report.duration, Some(Duration::from_micros(u64::from(hundredths) * 10)), "{text}");
    assert_eq!((report.billed_duration, report.init_duration), (millis(billed), millis(init)), "{text}");
    let memory = [report.memory_size, report.max_memory_used].map(|memory| memory.map(|memory| memory.0));
    assert_eq!(memory, [Some(size), Some(used)], "{text}");
    assert_eq!((report.request_id, report.unknown_fields), ("6f3b", 0), "{text}");
}
