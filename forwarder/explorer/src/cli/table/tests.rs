//! The whole summary, at several widths.

use tailwater_parser::derive::{Invocation, Outcome};

use super::*;
use crate::view::{
    Catalog,
    sample::{Sample, run, view},
};

/// Three functions: one got worse with its last version, one has an unknown region.
fn runs() -> Vec<Invocation> {
    let mut runs = Vec::new();
    for n in 0..1_230 {
        let failed = n % 40 == 0;
        let outcome = if failed { Outcome::Error } else { Outcome::Success };
        runs.push(run("checkout-api").version("40").ago(86_400 - n).took(60 + n % 40).memory(187, 256));
        runs.push(run("checkout-api").version("41").ago(120 + n).took(150 + n % 700).outcome(outcome));
    }
    for n in 0..96 {
        runs.push(
            run("thumbnails-cleanup-after-delete").cold(412).ago(420 + n).took(1_310).memory(1_402, 1_536),
        );
    }
    for _ in 0..3 {
        runs.push(run("image-resize").at("111122223333", "").took(3_000).outcome(Outcome::Timeout));
    }
    runs
}

fn summary_text(runs: Vec<Invocation>, layout: &Layout<'_>) -> String {
    let ledger = LedgerCounts { received: 1_204_530, delivered: 1_204_530, ..LedgerCounts::default() };
    let summary = view(runs).summary(&Catalog::default(), ledger);
    let mut out = Vec::new();
    write(&summary, layout, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// All rows in their order.
const ALL: &Rows = &Rows { sort: None, top: None, filter: None };

fn plain(width: usize) -> Layout<'static> {
    Layout {
        width,
        names: Names::Cut,
        rows: ALL,
        palette: Palette::plain(),
        elapsed: Some(Duration::from_millis(3_100)),
    }
}

#[test]
fn summary_at_120_columns_has_most_columns() {
    insta::assert_snapshot!(summary_text(runs(), &plain(120)), @r"
    Tailwater  24 h to 4 Mar 2026 10:00 UTC · eu-west-1 · 3 functions

      2,559 invocations   1.3 % errors   p95 821 ms   3.8 % cold, 412 ms   $0.0074, of it cold starts $0.00099,
      failures $0.000059

      FUNCTION                    INVOCATIONS     P95    ERRORS  TIMEOUT  OOM  COLD STARTS     COST            MEMORY   LAST
      checkout-api                      2,460  725 ms  31 1.3 %        0    0            0  $0.0033    187/256 ████▍▁  2 min
      thumbnai…anup-after-delete           96  1.31 s         0        0    0     96 100 %  $0.0042  1402/1536 █████▍  7 min
      image-resize                          3  3.00 s   3 100 %        3    0            0        —     64/256 █▌▁▁▁▁    3 s

      worth a look
      checkout-api                     version 41 since 09:37: errors 0 % → 2.5 %, p95 97 ms → 790 ms
      thumbnails-cleanup-after-delete  memory at 91 % of its size

      cost of image-resize unknown: the region is unknown; set --region or --functions FILE
      cost of checkout-api and thumbnails-cleanup-after-delete assumes x86_64; set --arch or --functions FILE

      1,204,530 events received = 1,204,530 delivered + 0 filtered + 0 parked + 0 rejected · 3.10 s · 388,000 events/s
    ");
}

#[test]
fn summary_at_80_columns_has_the_main_columns() {
    insta::assert_snapshot!(summary_text(runs(), &plain(80)), @r"
    Tailwater  24 h to 4 Mar 2026 10:00 UTC · eu-west-1 · 3 functions

      2,559 invocations   1.3 % errors   p95 821 ms   3.8 % cold, 412 ms   $0.0074,
      of it cold starts $0.00099, failures $0.000059

      FUNCTION                   INVOCATIONS     P95    ERRORS  COLD STARTS     COST
      checkout-api                     2,460  725 ms  31 1.3 %            0  $0.0033
      thumbnai…nup-after-delete           96  1.31 s         0     96 100 %  $0.0042
      image-resize                         3  3.00 s   3 100 %            0        —

      worth a look
      checkout-api                version 41 since 09:37: errors 0 % → 2.5 %, p95
                                  97 ms → 790 ms
      thumbnai…anup-after-delete  memory at 91 % of its size

      cost of image-resize unknown: the region is unknown; set --region or
        --functions FILE
      cost of checkout-api and thumbnails-cleanup-after-delete assumes x86_64; set
        --arch or --functions FILE

      1,204,530 events received = 1,204,530 delivered + 0 filtered + 0 parked
        + 0 rejected · 3.10 s · 388,000 events/s
    ");
}

#[test]
fn summary_at_60_columns_keeps_errors() {
    insta::assert_snapshot!(summary_text(runs(), &plain(60)), @r"
    Tailwater  24 h to 4 Mar 2026 10:00 UTC · eu-west-1
      · 3 functions

      2,559 invocations   1.3 % errors   p95 821 ms
      3.8 % cold, 412 ms   $0.0074, of it cold starts $0.00099,
      failures $0.000059

      FUNCTION            INVOCATIONS     P95    ERRORS     COST
      checkout-api              2,460  725 ms  31 1.3 %  $0.0033
      thumbn…fter-delete           96  1.31 s         0  $0.0042
      image-resize                  3  3.00 s   3 100 %        —

      worth a look
      checkout-api          version 41 since 09:37: errors 0 % →
                            2.5 %, p95 97 ms → 790 ms
      thumbn…-after-delete  memory at 91 % of its size

      cost of image-resize unknown: the region is unknown; set
        --region or --functions FILE
      cost of checkout-api and thumbnails-cleanup-after-delete
        assumes x86_64; set --arch or --functions FILE

      1,204,530 events received = 1,204,530 delivered
        + 0 filtered + 0 parked + 0 rejected · 3.10 s
        · 388,000 events/s
    ");
}

#[test]
fn errors_are_red_and_units_dim() {
    let layout = Layout { palette: Palette::colourful(), elapsed: None, ..plain(80) };
    let mut failed = vec![run("checkout").outcome(Outcome::Timeout); 6];
    failed.extend(vec![run("checkout"); 2]);
    insta::assert_snapshot!(summary_text(failed, &layout).replace('\u{1b}', "^"), @r"
    ^[1mTailwater^[0m  0 s to 4 Mar 2026 10:00 UTC · eu-west-1 · 1 function

      8 ^[2minvocations^[0m   ^[31m75 % errors^[0m   ^[2mp95 ^[0m100 ^[2mms^[0m   0 ^[2m% cold^[0m   $0.0000049,
      ^[2mof it failures ^[0m$0.0000025

      ^[2mFUNCTION^[0m  ^[2mINVOCATIONS^[0m     ^[2mP95^[0m   ^[2mERRORS^[0m  ^[2mCOLD STARTS^[0m        ^[2mCOST^[0m         ^[2mMEMORY^[0m
      checkout            8  100 ^[2mms^[0m  ^[31m6  75 %^[0m            ^[2m0^[0m  $0.0000049  64/256 █▌^[2m▁▁▁▁^[0m

      ^[1mworth a look^[0m
      checkout  6 timed out: 75 %

      ^[2mcost^[0m ^[2mof^[0m ^[2mcheckout^[0m ^[2massumes^[0m ^[2mx86_64;^[0m ^[2mset^[0m ^[2m--arch^[0m ^[2mor^[0m ^[2m--functions^[0m ^[2mFILE^[0m

      1,204,530 ^[2mevents received^[0m = 1,204,530 ^[2mdelivered^[0m + 0 ^[2mfiltered^[0m + 0 ^[2mparked^[0m
        + 0 ^[2mrejected^[0m
    ");
}

#[test]
fn empty_summary_has_a_reason() {
    insta::assert_snapshot!(summary_text(Vec::new(), &plain(80)), @r"
    Tailwater

      no invocations: the input has no REPORT lines, which Lambda writes at the end
      of every invocation; check that these are the logs of a function, for the
      right time, with system logs at level INFO

      1,204,530 events received = 1,204,530 delivered + 0 filtered + 0 parked
        + 0 rejected · 3.10 s · 388,000 events/s
    ");
}

#[test]
fn reason_of_an_empty_summary_depends_on_the_ledger() {
    let reason = |ledger: LedgerCounts| {
        let mut out = Vec::new();
        no_invocations(&ledger, &plain(120), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let unread = reason(LedgerCounts { received: 1, rejected: 1, ..LedgerCounts::default() });
    assert!(unread.contains("no readable log events"), "{unread}");
    let left_out = reason(LedgerCounts { received: 2, filtered: 1, rejected: 1, ..LedgerCounts::default() });
    assert!(left_out.contains("all events were filtered out"), "{left_out}");
}

#[test]
fn count_of_one_is_singular() {
    let mut out = Vec::new();
    let ledger = LedgerCounts { received: 1, delivered: 1, ..LedgerCounts::default() };
    let layout = Layout { elapsed: None, ..plain(120) };
    write(&view([run("f")]).summary(&Catalog::default(), ledger), &layout, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("  1 invocation   "), "{text}");
    assert!(text.contains("  1 event received = 1 delivered"), "{text}");
}

#[test]
fn lines_are_not_longer_than_the_width() {
    for width in 40..=160 {
        let text = summary_text(runs(), &plain(width));
        let longest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(longest.chars().count() <= width, "{width}: {longest}");
        assert!(text.lines().all(|line| line.trim_end() == line), "{width}: blanks at the end of a line");
    }
}

#[test]
fn narrower_terminal_shows_a_subset_of_the_columns() {
    let titles = |width| {
        let text = summary_text(runs(), &plain(width));
        text.lines().find(|line| line.contains("FUNCTION")).unwrap().replace("COLD STARTS", "COLD")
    };
    let mut wider: Vec<_> = titles(200).split_whitespace().map(str::to_owned).collect();
    assert_eq!(wider.len(), 13);
    for width in (40..200).rev() {
        let narrower: Vec<_> = titles(width).split_whitespace().map(str::to_owned).collect();
        assert!(narrower.iter().all(|title| wider.contains(title)), "{width}: {narrower:?}");
        wider = narrower;
    }
    assert_eq!(wider, ["FUNCTION", "INVOCATIONS", "ERRORS"]);
}

fn check_line(runs: Vec<Invocation>, expected: &str) {
    let text = summary_text(runs, &plain(120));
    assert!(text.lines().any(|line| line.trim() == expected), "{expected} not in\n{text}");
}

#[test]
fn functions_with_the_same_name_show_their_regions() {
    let runs = vec![run("f").at("1", "us-east-1"), run("f").at("1", "eu-west-1")];
    check_line(runs.clone(), "Tailwater  0 s to 4 Mar 2026 10:00 UTC · 2 regions · 2 functions");
    let text = summary_text(runs, &plain(100));
    assert!(text.contains("  f         eu-west-1 ") && text.contains("  f         us-east-1 "), "{text}");
}

#[test]
fn functions_with_the_same_name_and_region_show_their_accounts() {
    let text = summary_text(vec![run("f").at("1", "eu-west-1"), run("f").at("2", "eu-west-1")], &plain(100));
    assert!(text.contains("  f         1 eu-west-1 ") && text.contains("  f         2 eu-west-1 "), "{text}");
}

#[test]
fn totals_include_restores() {
    let line = "2 invocations   0 % errors   p95 100 ms   0 % cold   50 % restored   $0.0000021, of it restores $0.00000083";
    check_line(vec![run("f"), run("f").restored(200)], line);
}

#[test]
fn restores_are_no_cold_starts() {
    let words = |runs| {
        let text = summary_text(runs, &plain(160));
        text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = words(vec![run("f").restored(200), run("f").cold(100), run("f"), run("f")]);
    assert!(text.contains("COLD STARTS RESTORES") && text.contains(" 1 25 % 1 25 % "), "{text}");
    assert!(!words(vec![run("f")]).contains("RESTORES"));
}

#[test]
fn unbalanced_ledger_has_a_not_equal_sign() {
    let ledger_line = |counts: LedgerCounts| {
        let mut out = Vec::new();
        ledger(&counts, &Layout { elapsed: None, ..plain(120) }, &mut out).unwrap();
        String::from_utf8(out).unwrap().trim().to_owned()
    };
    let counts =
        LedgerCounts { received: 5, delivered: 2, sampled: 2, duplicates: 1, ..LedgerCounts::default() };
    assert_eq!(
        ledger_line(LedgerCounts { rejected: 1, ..counts }),
        "5 events received = 2 delivered (1 already stored) + 0 filtered + 2 sampled + 0 parked + 1 rejected"
    );
    assert!(ledger_line(counts).starts_with("5 events received ≠ 2 delivered"));
}

#[test]
fn ages_are_relative_to_the_latest_invocation() {
    let text = summary_text(vec![run("f").ago(7_200).took(0), run("g").took(0)], &plain(120));
    let rows = text.lines().filter(|line| line.contains("64/256"));
    let ages: Vec<_> = rows.map(|row| row.rsplit("  ").next().unwrap().trim()).collect();
    assert_eq!(ages, ["2 h", "0 s"]);
}

/// Functions of a stack, whose names begin alike.
fn stack() -> Vec<Invocation> {
    let names = ["HandleOrder1A2B", "HandleReturn3C4D", "SendMail5E6F"];
    let name = |end: &str| format!("shop-prod-CheckoutStack-{end}");
    names.iter().flat_map(|end| vec![run(&name(end)); 1 + end.len()]).collect()
}

/// Returns the first words of the rows of the table.
fn names_in(layout: &Layout<'_>) -> Vec<String> {
    let text = summary_text(stack(), layout);
    let rows = text.lines().skip_while(|line| !line.contains("FUNCTION")).skip(1);
    rows.take(3).filter_map(|row| row.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn names_of_a_stack_keep_their_ends() {
    for width in [40, 60, 80] {
        let names = names_in(&plain(width));
        let ends = ["3C4D", "1A2B", "5E6F"];
        assert!(names.iter().zip(ends).all(|(name, end)| name.ends_with(end)), "{names:?}");
        assert!(names.iter().all(|name| name.contains('…')), "{names:?}");
    }
}

#[test]
fn names_are_whole_in_a_pipe() {
    let whole = ["HandleReturn3C4D", "HandleOrder1A2B", "SendMail5E6F"];
    let piped = Layout { names: Names::Whole, ..plain(40) };
    assert_eq!(names_in(&piped), whole.map(|end| format!("shop-prod-CheckoutStack-{end}")));
}

fn rows_of(rows: &Rows) -> (Vec<String>, String) {
    let text = summary_text(runs(), &Layout { rows, ..plain(160) });
    let shown = text.lines().skip_while(|line| !line.contains("FUNCTION")).skip(1);
    let names = shown.take_while(|line| line.contains("▁") || line.contains('█'));
    (names.filter_map(|row| row.split_whitespace().next()).map(str::to_owned).collect(), text)
}

#[test]
fn rows_are_sorted_by_a_column() {
    let sorted = |sort| rows_of(&Rows { sort: Some(sort), ..Rows::default() }).0;
    let (api, thumbnails, resize) = ("checkout-api", "thumbnails-cleanup-after-delete", "image-resize");
    assert_eq!(sorted(SortColumn::Function), [api, resize, thumbnails]);
    assert_eq!(sorted(SortColumn::P95), [resize, thumbnails, api]);
    assert_eq!(sorted(SortColumn::Errors), [api, resize, thumbnails]);
    assert_eq!(sorted(SortColumn::Memory), [thumbnails, api, resize]);
    // The cost of a function without a region is unknown.
    assert_eq!(sorted(SortColumn::Cost), [thumbnails, api, resize]);
}

#[test]
fn hidden_rows_are_counted_and_totals_stay_whole() {
    let filter = NameFilter::read("*E*").ok();
    let (names, text) = rows_of(&Rows { top: Some(1), filter, ..Rows::default() });
    assert_eq!(names, ["checkout-api"], "{text}");
    assert!(text.contains("2 of 3 functions are hidden by --filter *E* and --top 1;"), "{text}");
    assert!(text.contains("2,559 invocations"), "{text}");
    let part = NameFilter::read("RESIZE").ok();
    assert_eq!(rows_of(&Rows { filter: part, ..Rows::default() }).0, ["image-resize"]);
    let none = NameFilter::read("nothing").ok();
    let (names, text) = rows_of(&Rows { filter: none, ..Rows::default() });
    assert!(names.is_empty() && text.contains("3 of 3 functions are hidden by --filter nothing;"), "{text}");
    assert!(NameFilter::read("[a").is_err());
}

#[test]
fn column_that_rows_are_sorted_by_is_never_dropped() {
    let rows = Rows { sort: Some(SortColumn::P50), ..Rows::default() };
    let text = summary_text(runs(), &Layout { rows: &rows, ..plain(40) });
    assert!(text.lines().any(|line| line.contains("FUNCTION") && line.contains("P50")), "{text}");
}
