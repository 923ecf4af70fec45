//! The short help of `-h`, which fits a terminal of 80 columns and 24 lines. `--help` explains everything.

use clap::{Command, CommandFactory as _};

use super::Cli;

/// Arguments that `-h` shows of a command, with a short text for each. Commands that are not listed show all.
const BRIEF: [(&str, &[(&str, &str)]); 9] = [
    (
        "replay",
        &[
            ("paths", "Files, folders, globs, or - for standard input"),
            ("to", "Destination of the events; may be repeated"),
            ("store", "File of the embedded store"),
            ("json", "Print the summary as JSON"),
            ("since", "Skip earlier events: a date, a time or an age (24h)"),
            ("until", "Skip events at or after this time"),
            ("top", "Show only the first N functions"),
            ("filter", "Show only functions with this part or glob"),
            ("region", "Region to assume if the logs do not name one"),
            ("follow", "Keep reading while the input grows"),
            ("dry_run", "Show the format of each input, store nothing"),
        ],
    ),
    (
        "pull",
        &[
            ("groups", "Log groups, or globs [default: all functions]"),
            ("region", "Region to read; may be repeated"),
            ("profile", "Profile of ~/.aws/config [default: AWS_PROFILE]"),
            ("role", "ARN of a role to assume; may be repeated"),
            ("since", "Read events since a date, a time or an age (7d)"),
            ("store", "File of the embedded store"),
            ("follow", "Keep reading new events until Ctrl-C"),
            ("metrics", "Read throttles and concurrency, as AWS measured them"),
            ("query", "Read only the events of a Logs Insights query"),
            ("yes", "Do not ask before much is read"),
            ("dry_run", "List the log groups and what they can cost"),
            ("policy", "Print the IAM policy that is needed"),
            ("json", "Print the summary as JSON"),
        ],
    ),
    (
        "verify",
        &[
            ("region", "Region to read; may be repeated"),
            ("profile", "Profile of ~/.aws/config [default: AWS_PROFILE]"),
            ("role", "ARN of a role to assume"),
            ("since", "Compare since a date, a time or an age (7d)"),
            ("until", "Compare until a time [default: now]"),
            ("store", "File of the embedded store"),
            ("yes", "Do not ask before many metrics are read"),
            ("json", "Print the comparison as JSON"),
        ],
    ),
    (
        "query",
        &[
            ("query", "Query, or the name of one"),
            ("paths", "Files, folders or globs instead of the store"),
            ("store", "File of the embedded store"),
            ("since", "Skip earlier events: a date, a time or an age (24h)"),
            ("until", "Skip events at or after this time"),
            ("format", "Form of the result"),
            ("output", "File for the result"),
            ("limit", "Greatest number of rows"),
            ("sql", "SQL instead of a query"),
            ("list", "List the named queries"),
        ],
    ),
    (
        "serve",
        &[
            ("store", "File of the embedded store; created if missing"),
            ("addr", "Address and port to listen on"),
            ("open", "Open the page in the browser"),
            ("allow_remote", "Allow other machines; needs --token-file"),
            ("token_file", "File with a token that clients must send"),
        ],
    ),
    (
        "redrive",
        &[
            ("location", "file:FOLDER, s3://BUCKET/PREFIX or sqs:QUEUE_URL"),
            ("dry_run", "List parked objects without sending anything"),
            ("since", "Only those parked since a date, a time or an age"),
            ("sink", "Only those parked for this sink"),
            ("to", "Deliver to this sink instead"),
            ("rate", "Maximum number of parked objects per second"),
            ("limit", "Maximum number of parked objects to deliver"),
            ("json", "Print the result as JSON"),
        ],
    ),
    (
        "show",
        &[
            ("what", "Function, errors, error id or request id"),
            ("store", "File of the embedded store"),
            ("json", "Print the answer as JSON"),
            ("top", "Show only the first N functions"),
            ("filter", "Show only functions with this part or glob"),
        ],
    ),
    (
        "map",
        &[
            ("ask", "'a -> *', '* -> a' or 'a ->> b' [depth N]"),
            ("of", "Only what is around this function or resource"),
            ("upstream", "Only what calls it"),
            ("downstream", "Only what it calls"),
            ("depth", "Greatest distance from NAME in calls"),
            ("since", "Only since a date, a time or an age (24h)"),
            ("store", "File of the embedded store"),
            ("json", "Print the map as JSON"),
            ("dot", "Print the map for Graphviz"),
            ("mermaid", "Print the map as a flowchart of Mermaid"),
        ],
    ),
    ("check", &[("connect", "Send an empty request to each sink, and test the parking")]),
];

/// Help of the program: that of clap without the empty line below the description.
const TEMPLATE: &str = "{before-help}{about-with-newline}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Returns the command line with a short and a long help.
pub(in crate::cli) fn command() -> Command {
    BRIEF.iter().fold(Cli::command().help_template(TEMPLATE), |command, (name, shown)| {
        command.mut_subcommand(name, |command| shorten(command, shown))
    })
}

/// Gives the listed arguments their short texts, and hides the others in the short help.
fn shorten(command: Command, shown: &'static [(&'static str, &'static str)]) -> Command {
    command.mut_args(|argument| {
        let text = shown.iter().find(|(id, _)| argument.get_id() == id);
        let Some((_, text)) = text else { return argument.hide_short_help(true) };
        let long = argument.get_long_help().or(argument.get_help()).cloned().unwrap_or_default();
        argument.help(*text).long_help(long)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the short help of a command and of those below it.
    fn check(command: &Command, name: &str) {
        let help = command.clone().term_width(80).render_help().to_string();
        assert!(help.lines().count() <= 24, "{name} -h has {} lines:\n{help}", help.lines().count());
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{name} -h is too wide:\n{help}");
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            check(below, &format!("{name} {}", below.get_name()));
        }
    }

    #[test]
    fn short_help_fits_a_terminal() {
        let mut command = command();
        command.build();
        check(&command, "tailwater");
    }

    #[test]
    fn long_help_has_every_flag_with_its_whole_text() {
        let mut command = command();
        let replay = command.find_subcommand_mut("replay").unwrap();
        let help = replay.clone().render_long_help().to_string();
        for flag in replay.get_arguments().filter_map(|argument| argument.get_long()) {
            assert!(help.contains(&format!("--{flag}")), "{flag}");
        }
        assert!(help.contains("read recursively") && help.contains("new-errors,error-rate>1%"), "{help}");
    }

    #[test]
    fn every_listed_argument_exists() {
        for (name, shown) in BRIEF {
            let command = command();
            let command = command.find_subcommand(name).unwrap();
            let has = |id: &str| command.get_arguments().any(|argument| argument.get_id() == id);
            assert!(shown.iter().all(|(id, _)| has(id)), "{name}");
        }
    }
}
