//! Accounts and regions that the arguments of a command name, and where their credentials come from.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use tailwater_forwarder::{
    settings::{Errors, Place, Settings, SinkName, Values},
    value::Region,
};

use super::{args::AccountArgs, config_file::read_settings_without_profile};
use crate::{
    credentials::{Chain, Environment, InstanceMetadata, Profiles, Role},
    pull::{Account, SharedCredentials},
};

/// Returns the settings that flags of the command give: the path of the settings file.
pub(super) fn config_flag(args: &AccountArgs) -> Values {
    let mut flags = Values::new(Place::Flags);
    if let Some(config) = &args.config {
        flags.set("TAILWATER_CONFIG", config.clone());
    }
    flags
}

/// Reads the settings of network and AWS.
///
/// # Errors
/// Returns all errors of settings.
pub(super) fn settings(args: &AccountArgs) -> Result<Settings, Errors> {
    let mut flags = config_flag(args);
    // Settings are those of a forwarder, which has a sink; nothing is sent to it.
    flags.set("TAILWATER_SINKS", SinkName::Ndjson.name().to_owned());
    read_settings_without_profile(flags)
}

/// Returns an account for each role (or the user's own) and each region.
///
/// # Errors
/// Returns an error if no region is known, or if the regions belong to different partitions.
pub(super) fn accounts(args: &AccountArgs, settings: &Settings) -> anyhow::Result<Vec<Account>> {
    let aws = settings.aws_config();
    let environment = Environment::read();
    let home = environment.home.as_deref();
    let profiles = Profiles::read(aws.credentials_file.as_deref(), aws.config_file.as_deref(), home);
    let profile = args.profile.as_deref().or(aws.profile.as_deref()).unwrap_or("default");
    let default_region = match &args.profile {
        Some(chosen) => profiles.region(chosen).or_else(|| aws.region.clone()),
        None => aws.region.clone().or_else(|| profiles.region(profile)),
    };
    let regions = if args.region.is_empty() { Vec::from_iter(default_region) } else { args.region.clone() };
    let first = regions.first().context("no region is known: give --region, or set AWS_REGION")?;
    ensure!(
        regions.iter().all(|region| region.partition() == first.partition()),
        "the regions belong to different AWS partitions, whose accounts have different credentials: run the command \
         for each partition"
    );
    let mut chain = Chain::default();
    chain.access_key = aws.credentials;
    chain.chosen_profile.clone_from(&args.profile);
    chain.profile = aws.profile;
    chain.profiles = profiles;
    chain.environment = environment;
    chain.region = Some(first.clone());
    chain.endpoint.clone_from(&aws.endpoint);
    chain.instance = if args.imds { InstanceMetadata::Allowed } else { InstanceMetadata::Never };
    let chain = Arc::new(chain);
    let own_account = [None];
    let roles: Vec<_> = args.role.iter().map(Some).collect();
    let roles = if roles.is_empty() { own_account.as_slice() } else { &roles };
    let of_role = |role: &Option<&String>| {
        let assumed = role.map(|arn| Role { arn: arn.clone(), ..Role::default() });
        let credentials = Arc::new(SharedCredentials::new(Arc::clone(&chain), assumed));
        let account = |region: &Region| {
            let name = role.map_or_else(|| region.to_string(), |role| format!("{role} in {region}"));
            Account::new(name, region.clone(), aws.endpoint.clone(), Arc::clone(&credentials))
        };
        regions.iter().map(account).collect::<Vec<_>>()
    };
    Ok(roles.iter().flat_map(of_role).collect())
}
