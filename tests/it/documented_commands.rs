//! Commands in the documents work as they are written.
//!
//! Each document is read from top to bottom in a folder of its own. What needs no account is run; what needs one is parsed by the
//! program with `--help` at its end, after which it does nothing. `infra/tests/test_documents.py` checks commands of AWS's tools and of
//! Terraform.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use tests::{
    binary::root,
    documented::{Documented, commands, inline_code},
    forms,
    page_server::PageServer,
    replay::Replay,
    sample,
    source::read,
};

const DOCUMENTS: &[&str] = &["README.md", "forwarder/README.md", "infra/README.md"];

/// Programs whose commands `infra/tests/test_documents.py` checks.
const OF_AWS_AND_TERRAFORM: &[&str] = &["aws", "sam", "terraform"];

/// Beginnings of commands that nothing here can run, with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("git clone", "reads a repository"),
    ("mkdir -p", "makes a folder for what is downloaded"),
    ("read -rs", "reads the terminal"),
    ("eval", "needs an account"),
    ("export", "sets variables for the commands after it"),
    ("npx cdk", "needs an account"),
    ("curl -LO https://github.com/", "reads a release"),
    ("sha256sum --check", "reads a release"),
    ("npm install https://github.com/", "reads a release"),
    ("curl -X POST http://127.0.0.1:3100", "needs Loki"),
    ("curl -G http://127.0.0.1:3100", "needs Loki"),
    ("curl -G http://127.0.0.1:9090", "needs Prometheus"),
];

/// Subcommands that need no account and end by themselves.
const RUN: &[&str] = &[
    "replay",
    "show",
    "query",
    "export",
    "compare",
    "settings",
    "check",
    "rules",
    "store",
    "completions",
    "man",
];

/// Flags with which such a subcommand needs a backend.
const NEEDS_BACKEND: &[&str] = &["otlp", "datadog", "--connect"];

/// Folder with the files that commands of a document name.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let events = sample::events();
        let write = |name: &str, text: String| {
            fs::write(folder.path().join(name), text).expect("the file can be written");
        };
        write("checkout-api.json", forms::filter_page(&events).to_string());
        write("event.json", forms::event_line(&events));
        fs::create_dir(folder.path().join("tests")).expect("the folder can be created");
        std::os::unix::fs::symlink(root().join("tests/demo"), folder.path().join("tests/demo"))
            .expect("a link can be made");
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Runs or parses a command, and says what is wrong with it.
fn check(command: &Documented, desk: &Desk) -> Result<(), String> {
    let last = command.pipe.last().expect("a pipe has a command");
    let words: Vec<&str> = last.iter().map(String::as_str).collect();
    let text = words.join(" ");
    let (variables, words) = without_variables(&words);
    if ELSEWHERE.iter().any(|(beginning, _)| text.starts_with(beginning)) {
        return Ok(());
    }
    match words.as_slice() {
        [] => settings(&variables),
        ["cargo", "run", "--release", "--", arguments @ ..] | ["tailwater", arguments @ ..] => {
            tailwater(arguments, command.pipe.len() > 1, desk)
        }
        ["cargo", "run", "-p", "tests", "--bin", name, ..] => exists(&format!("tests/src/bin/{name}.rs")),
        ["curl", arguments @ ..] => curl(arguments, desk),
        [program, ..] if OF_AWS_AND_TERRAFORM.contains(program) => Ok(()),
        [script, ..] if script.contains('/') => exists(&format!("{}/{script}", command.folder)),
        _ => Err("is neither run nor listed as a command that cannot be run".to_owned()),
    }
}

/// Splits the variables at the beginning of a command from its words. `NAME=$(program` begins a program, too.
fn without_variables<'w>(words: &[&'w str]) -> (Vec<(&'w str, &'w str)>, Vec<&'w str>) {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let pairs = words.iter().map_while(|word| word.split_once('=').filter(|(name, _)| is_name(name)));
    let variables: Vec<_> = pairs.collect();
    let substituted = variables.last().and_then(|(_, value)| value.strip_prefix("$("));
    let rest = words.iter().skip(variables.len()).copied();
    (variables, substituted.into_iter().chain(rest).collect())
}

/// Checks settings that a block shows without a command.
fn settings(variables: &[(&str, &str)]) -> Result<(), String> {
    let command =
        variables.iter().fold(Replay::subcommand("check"), |command, (name, value)| command.env(name, value));
    let finished = command.run();
    if finished.code == Some(0) { Ok(()) } else { Err(finished.stderr) }
}

/// Runs a command of ours, or lets it parse its arguments.
fn tailwater(arguments: &[&str], reads_a_pipe: bool, desk: &Desk) -> Result<(), String> {
    let (name, more) = arguments.split_first().ok_or("has no subcommand")?;
    let is_usage = more.iter().any(|word| word.starts_with(['<', '[']));
    let needs_nothing = (RUN.contains(name) && !more.iter().any(|word| NEEDS_BACKEND.contains(word)))
        || more.contains(&"--policy");
    let mut command = Replay::subcommand(name).in_folder(desk.path());
    if is_usage {
        command = command.arg("--help");
    } else {
        command = command.args(more);
        if reads_a_pipe {
            // `--follow` reads until its input ends.
            command = command.stdin(forms::tail(&sample::events()));
        }
        if !needs_nothing {
            command = command.arg("--help");
        }
    }
    let finished = command.run();
    if finished.code == Some(0) {
        Ok(())
    } else {
        Err(format!("exit code {:?}: {}", finished.code, finished.stderr))
    }
}

/// Runs a request to the page's server, at the address of one of our own.
fn curl(arguments: &[&str], desk: &Desk) -> Result<(), String> {
    let server = PageServer::start(desk.path().join("tailwater.db"), &[]);
    let address = server.address().to_string();
    let arguments = arguments.iter().map(|word| word.replace("127.0.0.1:4680", &address));
    let mut command = Command::new("curl");
    let output = command
        .args(["--silent", "--show-error", "--fail", "--max-time", "20"])
        .args(arguments)
        .current_dir(desk.path());
    let output = output.output().map_err(|error| format!("curl does not start: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Checks that a script or file of ours exists.
fn exists(path: &str) -> Result<(), String> {
    let path: PathBuf = root().join(path.trim_start_matches('/'));
    if path.exists() { Ok(()) } else { Err(format!("there is no {}", path.display())) }
}

#[test]
fn commands_of_the_documents_work() {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let desk = Desk::new();
        let found = commands(&read(document));
        assert!(found.len() > 4, "{document} has only {} commands", found.len());
        for command in found {
            if let Err(reason) = check(&command, &desk) {
                wrong.push(format!("{document}:{}: {:?}: {reason}", command.line, command.pipe));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn flags_of_commands_in_the_text_exist() {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        for (line, code) in inline_code(&read(document)).filter(|(_, code)| code.starts_with("tailwater ")) {
            let (names, rest) = subcommand(code);
            let help = Replay::subcommand(names[0]).args(&names[1..]).arg("--help").run();
            let is_flag = |word: &&str| word.starts_with("--") && word.len() > 2;
            let missing = rest.iter().copied().filter(is_flag).find(|flag| !help.stdout.contains(flag));
            if help.code != Some(0) || missing.is_some() {
                wrong.push(format!("{document}:{line}: {code}: no {}", missing.unwrap_or(&names.join(" "))));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Splits the words of a command into the names of its subcommands and the rest.
fn subcommand(code: &str) -> (Vec<&str>, Vec<&str>) {
    let words: Vec<_> = code.split([' ', '\'', '|']).skip(1).filter(|word| !word.is_empty()).collect();
    let depth = if matches!(words[0], "rules" | "store") { 2 } else { 1 };
    let (names, rest) = words.split_at(depth.min(words.len()));
    (names.to_vec(), rest.to_vec())
}

#[test]
fn a_wrong_command_is_found() {
    let desk = Desk::new();
    let wrong = |text: &str| {
        let found = commands(&format!("```\n{text}\n```\n"));
        check(&found[0], &desk).is_err()
    };
    assert!(wrong("tailwater replay --no-such-flag checkout-api.json"));
    assert!(wrong("tailwater pull --since yesterday"));
    assert!(wrong("tailwater check --sinks splonk"));
    assert!(wrong("TAILWATER_SINKS=otlp"));
    assert!(wrong("infra/release/no-such-script"));
    assert!(wrong("no-such-program"));
}
