use std::{cell::Cell, fs::File};

use ::parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};

use super::*;
use crate::query::tests::{Log, START};

const DAY: i64 = 86_400_000;

fn options<'o>(log: &'o Log, catalog: &'o Catalog, folder: &'o Path, format: Format) -> Options<'o> {
    Options {
        store: &log.path,
        catalog,
        range: TimeRange::default(),
        folder,
        format,
        existing: Existing::Refuse,
        must_cancel: &|| false,
        progress: &|_| {},
    }
}

/// Log of three days, in one stream.
fn log() -> Log {
    Log::of(&[
        (0, "START RequestId: 5f1b2c3d-0000-4000-8000-000000000001 Version: 7"),
        (5, "héllo \"x\"\ty"),
        (
            40,
            "REPORT RequestId: 5f1b2c3d-0000-4000-8000-000000000001\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\t",
        ),
        (DAY, "next day"),
        (3 * DAY, "last day"),
        (3 * DAY + 1, ""),
    ])
}

/// Values of a column of a file.
fn column(path: &Path, column: &str) -> Vec<Field> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let value = |row: ::parquet::record::Row| {
        row.get_column_iter().find(|(name, _)| *name == column).unwrap().1.clone()
    };
    reader.get_row_iter(None).unwrap().map(|row| value(row.unwrap())).collect()
}

/// Paths of all files below a folder, relative to it.
fn files(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| entry.path().strip_prefix(folder).unwrap().display().to_string()).collect()
}

#[test]
fn each_day_has_its_file() {
    let (log, catalog) = (log(), Catalog::default());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("new");
    let exported = run(&options(&log, &catalog, &folder, Format::Parquet)).unwrap();
    assert_eq!(exported, Exported { events: 6, invocations: 1, files: 4, is_cancelled: false });
    let expected = ["events/date=2026-03-04", "events/date=2026-03-05", "events/date=2026-03-07"];
    let mut expected: Vec<_> = expected.iter().map(|day| format!("{day}/part-0.parquet")).collect();
    expected.push("invocations/date=2026-03-04/part-0.parquet".to_owned());
    assert_eq!(files(&folder), expected);
    let first = folder.join(&expected[0]);
    let times = [START, START + 5, START + 40].map(Field::TimestampMillis);
    assert_eq!(column(&first, "time"), times);
    assert_eq!(column(&first, "message")[1], Field::Str("héllo \"x\"\ty".to_owned()));
    assert_eq!(column(&first, "part"), [Field::Null, Field::Null, Field::Null]);
    assert_eq!(
        column(&folder.join(&expected[2]), "message"),
        ["last day", ""].map(|text| Field::Str(text.into()))
    );
    let runs = folder.join(&expected[3]);
    assert_eq!(column(&runs, "duration_ms"), [Field::Double(12.5)]);
    assert_eq!(column(&runs, "memory_mb"), [Field::Long(128)]);
    assert_eq!(column(&runs, "init_ms"), [Field::Null]);
}

#[test]
fn ndjson_has_the_same_rows() {
    let (log, catalog) = (log(), Catalog::default());
    let folder = tempfile::tempdir().unwrap();
    let range = TimeRange { since: Some(UnixMillis(START + 5)), until: Some(UnixMillis(START + DAY)) };
    let options = Options { range, ..options(&log, &catalog, folder.path(), Format::Ndjson) };
    let exported = run(&options).unwrap();
    assert_eq!((exported.events, exported.invocations, exported.files), (2, 1, 2));
    let text = fs::read_to_string(folder.path().join("events/date=2026-03-04/part-0.ndjson")).unwrap();
    assert_eq!(
        text.lines().next().unwrap(),
        "{\"time\":\"2026-03-04 10:00:00.005\",\"account\":\"123456789012\",\"region\":\"eu-west-1\",\
         \"log_group\":\"/aws/lambda/shop\",\"log_stream\":\"2026/03/04/[7]abc\",\"function\":\"shop\",\"version\":\"7\",\
         \"type\":\"text\",\"request_id\":\"5f1b2c3d-0000-4000-8000-000000000001\",\"message\":\"héllo \\\"x\\\"\\ty\"}"
    );
}

#[test]
fn parts_of_a_split_message_are_numbered() {
    assert_eq!(part(Part::Whole), Value::Missing);
    assert_eq!([Part::Piece(0), Part::Last(3)].map(part), [Value::integer(0), Value::integer(3)]);
}

#[test]
fn folder_with_files_is_refused_and_replaced_with_force() {
    let (log, catalog) = (log(), Catalog::default());
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("events/date=2026-03-04/part-0.parquet");
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    for path in [&target, &folder.path().join("mine.txt"), &target.with_file_name(".part-0.parquet.tmp")] {
        fs::write(path, "old").unwrap();
    }
    let options = options(&log, &catalog, folder.path(), Format::Parquet);
    let refused = run(&options).unwrap_err().to_string();
    assert!(refused.contains("is not empty") && refused.contains("--force"), "{refused}");
    assert_eq!(fs::read(&target).unwrap(), b"old");
    run(&Options { existing: Existing::Replace, ..options }).unwrap();
    assert_eq!(column(&target, "time").len(), 3);
    assert_eq!(fs::read(folder.path().join("mine.txt")).unwrap(), b"old");
    assert_eq!(files(folder.path()).len(), 5);
}

#[test]
fn cancelled_export_leaves_only_complete_files() {
    let (log, catalog) = (log(), Catalog::default());
    let folder = tempfile::tempdir().unwrap();
    let asked = Cell::new(0);
    // Once while the blocks are listed, then before the block of each day.
    let must_cancel = || asked.replace(asked.get() + 1) >= 2;
    let options =
        Options { must_cancel: &must_cancel, ..options(&log, &catalog, folder.path(), Format::Parquet) };
    let exported = run(&options).unwrap();
    assert!(exported.is_cancelled && exported.files == 1, "{exported:?}");
    assert_eq!(files(folder.path()), ["events/date=2026-03-04/part-0.parquet"]);
}

#[test]
fn file_in_the_way_is_named_with_a_remedy() {
    let (log, catalog) = (log(), Catalog::default());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events"), "").unwrap();
    let options =
        Options { existing: Existing::Replace, ..options(&log, &catalog, folder.path(), Format::Parquet) };
    let message = run(&options).unwrap_err().to_string();
    assert!(message.contains("events") && message.contains("in the way"), "{message}");
}
