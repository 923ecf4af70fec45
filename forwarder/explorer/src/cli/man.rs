//! `tailwater man`: writes the manual pages, one for the program and one for each command.

use std::{fs, io, path::Path};

use anyhow::Context as _;
use clap::Command;
use clap_mangen::Man;

use super::{
    args::{self, ManArgs, VERSION},
    exit::Exit,
};

/// Greatest length of a line of text in a page.
const LINE: usize = 78;

/// Runs the command.
pub(super) fn run(args: &ManArgs) -> anyhow::Result<Exit> {
    fs::create_dir_all(&args.folder).with_context(|| format!("cannot create {}", args.folder.display()))?;
    let mut command = args::command();
    command.build();
    write(&command, &args.folder)?;
    Ok(Exit::Success)
}

/// Writes the page of a command, and those of the commands below it.
fn write(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let path = folder.join(format!("{name}.1"));
    fs::write(&path, page(command, name)?).with_context(|| format!("cannot write {}", path.display()))?;
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write(below, folder))
}

/// Formats the page of a command, in the macros of `man`.
fn page(command: &Command, name: &str) -> io::Result<String> {
    // The generator's own synopsis leaves out the values of flags.
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
    let man = Man::new(command.clone().override_usage(usage))
        .title(name.to_uppercase())
        .date(date(VERSION))
        .source(source(VERSION))
        .manual("Tailwater");
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok(tidy(&String::from_utf8_lossy(&page)))
}

/// Rewrites a page so that `mandoc -T lint` accepts it: each sentence begins a line, lines are short, and no line break is next
/// to vertical space.
fn tidy(page: &str) -> String {
    let mut tidied = String::with_capacity(page.len());
    let mut is_after_gap = false;
    for line in page.lines() {
        match line {
            ".br" | "" if is_after_gap => continue,
            ".br" | "" => tidied.push_str(".sp\n"),
            // An empty date would shift the arguments after it.
            heading if heading.starts_with(".TH ") => {
                tidied.push_str(&(heading.replace("  ", " \"\" ") + "\n"));
            }
            request if request.starts_with('.') => tidied.push_str(&format!("{request}\n")),
            text => wrap(text, &mut tidied),
        }
        is_after_gap = matches!(line, ".br" | "");
    }
    tidied
}

/// Appends text as lines that end after a sentence, or before they are too long.
fn wrap(text: &str, tidied: &mut String) {
    let mut width = 0;
    for word in text.split_whitespace() {
        let is_new_line = width > 0 && (width + word.len() >= LINE || tidied.ends_with('.'));
        if is_new_line {
            tidied.push('\n');
            width = 0;
        } else if width > 0 {
            tidied.push(' ');
        }
        if is_new_line && word.starts_with(['.', '\'']) {
            // At the beginning of a line, such a character would begin a roff macro.
            tidied.push_str("\\&");
        }
        tidied.push_str(word);
        width += word.len() + 1;
    }
    tidied.push('\n');
}

/// Date of the commit in a version such as `0.1.0 (df19adf0a 2026-11-30)`; empty if it has none.
fn date(version: &str) -> &str {
    version.strip_suffix(')').and_then(|text| text.rsplit_once(' ')).map_or("", |(_, date)| date)
}

/// Name and number of a version, without its commit.
fn source(version: &str) -> String {
    format!("tailwater {}", version.split(' ').next().unwrap_or(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_without_a_commit_has_no_date() {
        assert_eq!((date("0.1.0"), source("0.1.0")), ("", "tailwater 0.1.0".to_owned()));
        let built = "0.1.0 (df19adf0a 2026-11-30)";
        assert_eq!((date(built), source(built)), ("2026-11-30", "tailwater 0.1.0".to_owned()));
    }

    #[test]
    fn text_of_a_page_is_wrapped_at_sentences() {
        let check = |page: &str, expected: &str| assert_eq!(tidy(page), expected);
        check("One. Two words.\n", "One.\nTwo words.\n");
        check(".TH A 1  \"tailwater 0.1.0\" T\n", ".TH A 1 \"\" \"tailwater 0.1.0\" T\n");
        check("a\n.br\n\n.br\nb \n", "a\n.sp\nb\n");
        check("Fields are ids. .status is one.\n", "Fields are ids.\n\\&.status is one.\n");
        assert!(tidy(&"word ".repeat(60)).lines().all(|line| line.len() <= LINE));
    }

    #[test]
    fn every_listed_command_has_a_page_with_its_flags() {
        let folder = tempfile::tempdir().unwrap();
        let _ = run(&ManArgs { folder: folder.path().join("man") }).unwrap();
        let page = |name: &str| fs::read_to_string(folder.path().join("man").join(name)).unwrap();
        assert!(page("tailwater.1").contains("tailwater\\-replay(1)"), "{}", page("tailwater.1"));
        assert!(page("tailwater-replay.1").contains("\\-\\-fail\\-on"));
        assert!(page("tailwater-rules-test.1").contains("tailwater rules test"));
        assert!(!folder.path().join("man/tailwater-man.1").exists(), "hidden commands have no page");
    }
}
