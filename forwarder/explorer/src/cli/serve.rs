//! `tailwater serve`: the store as a page in the browser.

use std::{
    fs,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use super::{ALL_FINE, args::Serve, interrupt::Interrupt};
use crate::serve::{self, Address, Options, Token};

/// Runs the verb until it is interrupted; the answer is the exit code.
pub(super) fn run(flags: Serve) -> anyhow::Result<u8> {
    let token = flags.token_file.as_deref().map(token).transpose()?;
    check(flags.addr, flags.allow_remote, token.is_some())?;
    let interrupt = Interrupt::listen()?;
    let mut catalog = flags.functions.unwrap_or_default();
    (catalog.default_cpu, catalog.default_region) = (flags.arch, flags.region);
    let options = Options { store: flags.store, address: flags.addr, token, catalog };
    let open = if flags.open { open_in_browser } else { |_: &str| {} };
    let ready = |address: Address| {
        super::complain(&format!("tailwater: the page is at {}", address.url()));
        open(&address.url());
    };
    serve::run(options, ready, || interrupt.is_asked())?;
    Ok(ALL_FINE)
}

/// Logs are nobody's business but their owner's: whoever opens the page to others has to mean it.
fn check(address: Address, allow_remote: bool, has_token: bool) -> anyhow::Result<()> {
    match (address.is_loopback(), allow_remote, has_token) {
        (true, _, _) | (false, true, true) => Ok(()),
        (false, false, _) => {
            bail!("{} is reached from other machines: --allow-remote says that this is meant", address.url())
        }
        (false, true, false) => {
            bail!("other machines have to show a token: --token-file FILE names the file that holds it")
        }
    }
}

fn token(path: &std::path::Path) -> anyhow::Result<Token> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read the token in {}", path.display()))?;
    let token = Token::new(text.trim());
    token.with_context(|| {
        format!(
            "{} holds no token: expected one word of {} characters or more",
            path.display(),
            Token::MIN_LENGTH
        )
    })
}

/// Opens the page where there is a desktop; where there is none, the address was printed.
fn open_in_browser(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    let started = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if started.is_err() {
        super::complain(&format!("tailwater: there is no {program} to open it with"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(address: &str, allow_remote: bool, has_token: bool) -> bool {
        check(Address::read(address).unwrap(), allow_remote, has_token).is_ok()
    }

    #[test]
    fn other_machines_need_both_consent_and_token() {
        assert!(
            checked("127.0.0.1:0", false, false)
                && checked("[::1]:0", false, false)
                && checked("localhost:0", false, false)
        );
        assert!(!checked("0.0.0.0:0", false, false) && !checked("0.0.0.0:0", true, false));
        assert!(!checked("0.0.0.0:0", false, true) && checked("0.0.0.0:0", true, true));
        assert!(!checked("[::]:0", true, false));
    }
}
