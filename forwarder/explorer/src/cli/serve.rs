//! `tailwater serve`: serves the store as a page for the browser.

use std::{
    fs,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use tailwater_forwarder::pipeline::RuleConfig;

use super::{args::ServeArgs, assumptions::AssumptionFlags, exit::Exit, interrupt::Interrupt, rules, stderr};
use crate::{
    serve::{self, Address, Options, Token},
    store::Store,
};

/// Runs the command until it is interrupted.
pub(super) fn run(args: ServeArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let token = args.token_file.as_deref().map(read_token).transpose()?;
    check_access(args.addr, args.allow_remote, token.is_some())?;
    let catalog = AssumptionFlags {
        region: args.region.as_deref(),
        arch: args.arch,
        functions: args.functions.as_ref(),
        log_price: args.log_price,
    };
    let catalog = catalog.catalog(Some(&Store::open(&args.store)?))?;
    let names = rules::destination_names(&[rules::STORE]);
    let flags = || rules::with_file(rules::no_flags(), args.rules.as_deref());
    let rules = match rules::load(flags, &names)? {
        Ok(rules) => rules.map(|rules| RuleConfig::new(rules, vec![0])),
        Err(unusable) => return Ok(unusable.report()),
    };
    let options = Options { store: args.store, address: args.addr, token, catalog, rules };
    let open = if args.open { open_in_browser } else { |_: &str| {} };
    let ready = |address: Address| {
        stderr::log(format_args!("serving the page at {}", address.url()));
        open(&address.url());
    };
    serve::run(options, ready, || interrupt.is_requested())?;
    Ok(Exit::Success)
}

/// Allows access from other machines only with `--allow-remote` and a token, because logs are confidential.
fn check_access(address: Address, allow_remote: bool, has_token: bool) -> anyhow::Result<()> {
    match (address.is_loopback(), allow_remote, has_token) {
        (true, _, _) | (false, true, true) => Ok(()),
        (false, false, _) => {
            bail!("{} is reachable from other machines; add --allow-remote to allow that", address.url())
        }
        (false, true, false) => {
            bail!("--allow-remote requires a token; add --token-file FILE")
        }
    }
}

fn read_token(path: &std::path::Path) -> anyhow::Result<Token> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read the token in {}", path.display()))?;
    let token = Token::new(text.trim());
    token.with_context(|| {
        format!(
            "invalid token in {}: expected one word of at least {} characters",
            path.display(),
            Token::MIN_LENGTH
        )
    })
}

/// Opens the page in the browser of the desktop, if one exists. If the browser cannot be started, logs a hint
/// to open the URL, which was printed before, by hand.
fn open_in_browser(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    let started = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if started.is_err() {
        stderr::log(format_args!("cannot start {program}; open the address above in a browser"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(address: &str, allow_remote: bool, has_token: bool) -> bool {
        check_access(Address::read(address).unwrap(), allow_remote, has_token).is_ok()
    }

    #[test]
    fn remote_access_needs_flag_and_token() {
        assert!(
            is_allowed("127.0.0.1:0", false, false)
                && is_allowed("[::1]:0", false, false)
                && is_allowed("localhost:0", false, false)
        );
        assert!(!is_allowed("0.0.0.0:0", false, false) && !is_allowed("0.0.0.0:0", true, false));
        assert!(!is_allowed("0.0.0.0:0", false, true) && is_allowed("0.0.0.0:0", true, true));
        assert!(!is_allowed("[::]:0", true, false));
    }
}
