//! `credential_process`: a program of the user that prints credentials as JSON.

use std::{
    io::Read as _,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::{
    error::CredentialsError,
    lease::{self, Lease},
};

/// Number of times that the program is looked at before it is stopped: one minute.
const MAX_POLLS: u32 = 1_200;
const POLL: Duration = Duration::from_millis(50);
/// Maximum length of the output in bytes.
const MAX_OUTPUT: u64 = 64 * 1024;

/// Runs the command of a profile, without a shell, and parses its output.
pub(super) fn run(profile: &str, command: &str) -> Result<Lease, CredentialsError> {
    let failed = |reason: String| CredentialsError::Process { profile: profile.to_owned(), reason };
    let words = words(command).ok_or_else(|| failed("has an open quote".to_owned()))?;
    let (program, arguments) = words.split_first().ok_or_else(|| failed("is empty".to_owned()))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let stdout = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut output = Vec::new();
        let read = stdout.map(|stdout| stdout.take(MAX_OUTPUT).read_to_end(&mut output));
        read.is_some_and(|read| read.is_ok()).then_some(output)
    });
    let is_successful = wait(&mut child).ok_or_else(|| failed("has not ended after a minute".to_owned()))?;
    let output = reader.join().ok().flatten();
    if !is_successful {
        return Err(failed("has failed".to_owned()));
    }
    let lease = output.and_then(|output| lease::parse(&output));
    lease.ok_or_else(|| failed("did not print credentials".to_owned()))
}

/// Waits for the end of the program. Returns true if it was successful, `None` if it had to be stopped.
fn wait(child: &mut Child) -> Option<bool> {
    for _ in 0..MAX_POLLS {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => thread::park_timeout(POLL),
            Err(_) => return Some(false),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// Splits a command into words, which may be quoted. `None` if a quote is not closed.
fn words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let split = |command: &str| words(command).unwrap().join("|");
        assert_eq!(split("a  b\tc"), "a|b|c");
        assert_eq!(split(r#"/opt/my\ tool --name "a b" 'c"d' """#), r#"/opt/my tool|--name|a b|c"d|"#);
        assert_eq!(words("a 'b"), None);
    }

    #[test]
    fn output_becomes_credentials() {
        let json = r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T","Expiration":"1970-01-01T00:00:07Z"}"#;
        let lease = run("p", &format!("printf %s '{json}'")).unwrap();
        assert_eq!(lease, Lease::temporary("A", "S", Some("T"), Some("1970-01-01T00:00:07Z")));
        assert_eq!(lease.expires.unwrap().0, 7000);
    }

    #[test]
    fn failing_program_is_named_without_its_output() {
        let error = |command: &str| run("p", command).unwrap_err().to_string();
        assert_eq!(error("sh -c 'echo SECRET; exit 3'"), "credential_process of profile p has failed");
        assert_eq!(error("echo SECRET"), "credential_process of profile p did not print credentials");
        assert!(error("/no/such/program").starts_with("credential_process of profile p cannot be started"));
        assert_eq!(error(" "), "credential_process of profile p is empty");
    }
}
