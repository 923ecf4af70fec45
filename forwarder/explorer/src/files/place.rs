//! Where the events of a file come from: what its rows say, else what the user said, else its name.

use std::path::Path;

use tailwater_parser::{Origin, Receive};

use super::export;

/// What the user said about inputs that do not tell where they come from; an empty text says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fallback {
    /// `--function`
    pub function: String,
    /// `--log-group`
    pub log_group: String,
}

/// What a row says about where it comes from; an empty text says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Named<'n> {
    pub(super) account: &'n str,
    pub(super) log_group: &'n str,
    pub(super) log_stream: &'n str,
}

/// Announces the origin of rows to the receiver, once for each run of rows of one origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    fallback: Origin,
    announced: Option<Origin>,
}

impl Place {
    /// Of an input of this path (or name).
    pub(super) fn new(path: &Path, fallback: &Fallback) -> Self {
        let exported = export::Exported::of(path);
        let stream = exported.as_ref().map_or("", |exported| &exported.log_stream);
        let file_name = || exported.as_ref().map_or_else(|| stem(path), |exported| exported.prefix.clone());
        let mut origin = Origin::default();
        origin.set_names(&fallback.log_group, stream);
        if !fallback.function.is_empty() {
            origin.set_function(&fallback.function);
        } else if origin.function().is_empty() {
            origin.set_function(&file_name());
        }
        Self { fallback: origin, announced: None }
    }

    /// Where rows come from that do not tell.
    pub(super) fn fallback(&self) -> &Origin {
        &self.fallback
    }

    /// Says where the next row comes from, unless it was said of the last.
    pub(super) fn announce(&mut self, named: Named<'_>, receive: &mut dyn Receive) {
        let account = told(named.account, &self.fallback.account);
        let log_group = told(named.log_group, self.fallback.log_group());
        let log_stream = told(named.log_stream, self.fallback.log_stream());
        let is_same = |origin: &Origin| {
            (origin.account.as_str(), origin.log_group(), origin.log_stream())
                == (account, log_group, log_stream)
        };
        if self.announced.as_ref().is_some_and(is_same) {
            return;
        }
        let mut origin = Origin::default();
        account.clone_into(&mut origin.account);
        origin.region.clone_from(&self.fallback.region);
        origin.set_names("", log_stream);
        let stream_tells = !origin.function().is_empty() && named.log_stream == log_stream;
        origin.set_names(log_group, log_stream);
        if !stream_tells && named.log_group.is_empty() {
            origin.set_function(self.fallback.function());
        }
        receive.batch(&origin);
        self.announced = Some(origin);
    }
}

fn told<'t>(said: &'t str, otherwise: &'t str) -> &'t str {
    if said.is_empty() { otherwise } else { said }
}

/// Endings of names that say something of the form, nothing of the function.
const ENDINGS: [&str; 11] =
    [".gz", ".gzip", ".zst", ".zstd", ".csv", ".json", ".jsonl", ".ndjson", ".log", ".txt", ".out"];

/// The name of a file without what tells its form: `checkout-api.log.gz` is `checkout-api`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut stem = name.as_ref();
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| stem.strip_suffix(ending)) {
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

    /// What is announced for rows that name `log_group` and `log_stream`.
    fn check(path: &str, flags: (&str, &str), rows: &[(&str, &str)], expected: &[&str]) {
        let fallback = Fallback { function: flags.0.to_owned(), log_group: flags.1.to_owned() };
        let (mut place, mut origins) = (Place::new(Path::new(path), &fallback), Origins::default());
        for (log_group, log_stream) in rows {
            place.announce(Named { account: "", log_group, log_stream }, &mut origins);
        }
        assert_eq!(origins.0, expected);
    }

    #[test]
    fn the_files_name_stands_for_the_function() {
        check("logs/checkout-api.csv", ("", ""), &[("", "")], &["|||checkout-api"]);
        check("checkout-api.log.gz", ("", ""), &[("", "")], &["|||checkout-api"]);
        check(".gz", ("", ""), &[("", "")], &["|||.gz"]);
    }

    #[test]
    fn what_the_user_says_comes_before_the_name() {
        check("x.csv", ("pay", ""), &[("", "s")], &["||s|pay"]);
        check("x.csv", ("", "/aws/lambda/pay"), &[("", "s")], &["|/aws/lambda/pay|s|pay"]);
        check("x.csv", ("pay", "/shared"), &[("", "s")], &["|/shared|s|pay"]);
    }

    #[test]
    fn what_a_row_says_comes_first() {
        let stream = "2023/11/06/in-stream[1]13e3";
        check("x.csv", ("pay", ""), &[("", stream)], &["||2023/11/06/in-stream[1]13e3|in-stream"]);
        check("x.csv", ("pay", ""), &[("/aws/lambda/in-group", "s")], &["|/aws/lambda/in-group|s|in-group"]);
    }

    #[test]
    fn an_origin_is_announced_once_for_each_run() {
        let rows = [("", "a"), ("", "a"), ("", "b"), ("", "a")];
        check("f", ("", ""), &rows, &["||a|f", "||b|f", "||a|f"]);
    }

    #[test]
    fn an_exports_path_tells_the_stream() {
        check(
            "export/checkout/5f6c/2026-03-04-[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44/000000.gz",
            ("", ""),
            &[("", "")],
            &["||2026/03/04/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44|checkout"],
        );
    }
}
