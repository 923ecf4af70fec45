//! Origin (log group, log stream, function) of the events in a file: from its rows, else from flags, else
//! from its path.

use std::path::Path;

use tailwater_parser::{Origin, Receive};

use super::export;

/// Function and log group to assume for inputs that do not name their own. An empty string means not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginDefaults {
    /// Value of `--function`.
    pub function: String,
    /// Value of `--log-group`.
    pub log_group: String,
}

/// Origin of a row of an input, as far as the row names it. An empty string means not named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RowOrigin<'n> {
    pub(super) account: &'n str,
    pub(super) region: &'n str,
    pub(super) log_group: &'n str,
    pub(super) log_stream: &'n str,
}

/// Resolves the origin of each row, and passes it to [`Receive::batch`] when it differs from that of the row
/// before.
#[derive(Clone, Debug, Default)]
pub(super) struct OriginTracker {
    default: Origin,
    announced: Option<Origin>,
}

impl OriginTracker {
    /// Creates the tracker of the input with this path (or name).
    pub(super) fn new(path: &Path, defaults: &OriginDefaults) -> Self {
        let export_path = export::key_of_path(path);
        let stream = export_path.as_ref().map_or("", |export_path| &export_path.log_stream);
        let file_name =
            || export_path.as_ref().map_or_else(|| stem(path), |export_path| export_path.prefix.clone());
        let mut origin = Origin::default();
        origin.set_names(&defaults.log_group, stream);
        if !defaults.function.is_empty() {
            origin.set_function(&defaults.function);
        } else if origin.function().is_empty() && defaults.log_group.is_empty() {
            origin.set_function(&file_name());
        }
        Self { default: origin, announced: None }
    }

    /// Origin of rows that do not name one.
    pub(super) fn default_origin(&self) -> &Origin {
        &self.default
    }

    /// Passes the origin of the next row to [`Receive::batch`], unless it is that of the previous row.
    pub(super) fn announce(&mut self, row: RowOrigin<'_>, receive: &mut dyn Receive) {
        let account = first_non_empty(row.account, &self.default.account);
        let region = first_non_empty(row.region, &self.default.region);
        let log_group = first_non_empty(row.log_group, self.default.log_group());
        let log_stream = first_non_empty(row.log_stream, self.default.log_stream());
        let is_same = |origin: &Origin| {
            (origin.account.as_str(), origin.region.as_str(), origin.log_group(), origin.log_stream())
                == (account, region, log_group, log_stream)
        };
        if self.announced.as_ref().is_some_and(is_same) {
            return;
        }
        let mut origin = Origin::default();
        account.clone_into(&mut origin.account);
        region.clone_into(&mut origin.region);
        origin.set_names("", log_stream);
        let stream_names_function = !origin.function().is_empty() && row.log_stream == log_stream;
        origin.set_names(log_group, log_stream);
        if !stream_names_function && row.log_group.is_empty() {
            origin.set_function(self.default.function());
        }
        receive.batch(&origin);
        self.announced = Some(origin);
    }
}

fn first_non_empty<'t>(first: &'t str, second: &'t str) -> &'t str {
    if first.is_empty() { second } else { first }
}

/// File name extensions that name a format, not a function.
const EXTENSIONS: [&str; 12] =
    [".gz", ".gzip", ".zst", ".zstd", ".csv", ".json", ".jsonl", ".ndjson", ".log", ".txt", ".out", ".md"];

/// Returns the file name without extensions that name a format: `checkout-api` for `checkout-api.log.gz`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut stem = name.as_ref();
    while let Some(shorter) = EXTENSIONS.iter().find_map(|extension| stem.strip_suffix(extension)) {
        stem = shorter;
    }
    if stem.is_empty() { name.into_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Origins(Vec<String>);

    impl Receive for Origins {
        fn batch(&mut self, origin: &Origin) {
            let (group, stream) = (origin.log_group(), origin.log_stream());
            self.0.push(format!("{}|{group}|{stream}|{}", origin.account, origin.function()));
        }

        fn event(&mut self, _: &tailwater_parser::Event<'_>) {}
    }

    /// Asserts which origins are announced for rows of (log group, log stream).
    fn check(path: &str, flags: (&str, &str), rows: &[(&str, &str)], expected: &[&str]) {
        let defaults = OriginDefaults { function: flags.0.to_owned(), log_group: flags.1.to_owned() };
        let (mut tracker, mut origins) = (OriginTracker::new(Path::new(path), &defaults), Origins::default());
        for (log_group, log_stream) in rows {
            tracker.announce(RowOrigin { log_group, log_stream, ..RowOrigin::default() }, &mut origins);
        }
        assert_eq!(origins.0, expected);
    }

    #[test]
    fn function_defaults_to_the_file_name() {
        check("logs/checkout-api.csv", ("", ""), &[("", "")], &["|||checkout-api"]);
        check("checkout-api.log.gz", ("", ""), &[("", "")], &["|||checkout-api"]);
        check(".gz", ("", ""), &[("", "")], &["|||.gz"]);
    }

    #[test]
    fn flags_take_precedence_over_the_file_name() {
        check("x.csv", ("pay", ""), &[("", "s")], &["||s|pay"]);
        check("x.csv", ("", "/aws/lambda/pay"), &[("", "s")], &["|/aws/lambda/pay|s|pay"]);
        check("x.csv", ("pay", "/shared"), &[("", "s")], &["|/shared|s|pay"]);
    }

    #[test]
    fn rows_take_precedence_over_flags() {
        let stream = "2023/11/06/in-stream[1]13e3aaaabbbbccccddddeeeeffff0000";
        check("x.csv", ("pay", ""), &[("", stream)], &[&format!("||{stream}|in-stream")]);
        check("x.csv", ("pay", ""), &[("/aws/lambda/in-group", "s")], &["|/aws/lambda/in-group|s|in-group"]);
    }

    #[test]
    fn log_group_of_another_service_has_no_function() {
        check("x.csv", ("", "/ecs/basket"), &[("", "s")], &["|/ecs/basket|s|"]);
        check("x.csv", ("", ""), &[("/ecs/basket", "s"), ("", "s")], &["|/ecs/basket|s|", "||s|x"]);
        check("x.csv", ("pay", ""), &[("/ecs/basket", "s")], &["|/ecs/basket|s|"]);
    }

    #[test]
    fn origin_is_announced_only_when_it_changes() {
        let rows = [("", "a"), ("", "a"), ("", "b"), ("", "a")];
        check("f", ("", ""), &rows, &["||a|f", "||b|f", "||a|f"]);
    }

    #[test]
    fn export_path_names_stream_and_function() {
        check(
            "export/checkout/5f6c/2026-03-04-[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44/000000.gz",
            ("", ""),
            &[("", "")],
            &["||2026/03/04/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44|checkout"],
        );
    }
}
