//! AWS credentials and region from the profile files of AWS's tools (`~/.aws/credentials`, `~/.aws/config`).

use tailwater_forwarder::{
    aws::{AwsConfig, Credentials},
    value::Region,
};

use crate::credentials::Profiles;

/// Members of a profile that gets its credentials by a sign-in (SSO, role, process). Of the commands, only
/// `pull` supports these.
const SIGN_IN_MEMBERS: &[&str] = &[
    "sso_session",
    "sso_start_url",
    "role_arn",
    "credential_process",
    "login_session",
    "web_identity_token_file",
];

/// Access key and region of an AWS profile.
struct ProfileCredentials {
    credentials: Credentials,
    region: Option<Region>,
}

/// Adds credentials and region of the selected or default AWS profile to `aws`, unless it has credentials.
pub(super) fn add_credentials(aws: &mut AwsConfig) {
    if aws.credentials.is_some() {
        return;
    }
    let name = aws.profile.as_deref().unwrap_or("default");
    let home = std::env::home_dir();
    let profiles =
        Profiles::read(aws.credentials_file.as_deref(), aws.config_file.as_deref(), home.as_deref());
    match find(name, &profiles) {
        Ok(found) => {
            aws.credentials = Some(found.credentials);
            aws.region = aws.region.take().or(found.region);
        }
        Err(reason) => aws.no_credentials = Some(reason),
    }
}

/// Finds the credentials of profile `name`.
///
/// # Errors
/// Returns a message if the profile is missing or has no access key.
fn find(name: &str, profiles: &Profiles) -> Result<ProfileCredentials, String> {
    let Some(members) = profiles.merged(name) else {
        return Err(format!(
            "profile {name} not found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        ));
    };
    let (own, configured) =
        (profiles.own(name).unwrap_or_default(), profiles.configured(name).unwrap_or_default());
    let region = configured.get("region").or_else(|| own.get("region"));
    let region = region.map(|region| Region::read_any(region)).transpose();
    let region = region.map_err(|reason| format!("the region of profile {name} {reason}"))?;
    if let Some(credentials) = profiles.access_key(name) {
        return Ok(ProfileCredentials { credentials, region });
    }
    if SIGN_IN_MEMBERS.iter().any(|member| members.contains_key(*member)) {
        Err(format!(
            "profile {name} has a sign-in instead of an access key; to use its temporary credentials, run: \
             eval \"$(aws configure export-credentials --profile {name} --format env)\""
        ))
    } else {
        Err(format!("profile {name} has no access key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tailwater_forwarder::value::Secret;

    const KEYS: &str = "\
        # of mine\n[default]\naws_access_key_id = A1\naws_secret_access_key=S1\n\n\
        [ temporary ]\naws_access_key_id=A2\nAWS_Secret_Access_Key = S2=\naws_session_token = T2\nregion = eu-north-1\n\
        [half]\naws_access_key_id = A3\n";
    const CONFIG: &str = "\
        [default]\nregion = eu-west-1\ns3 =\n  region = nested\n[profile work]\nsso_session = my-sso\nregion = us-east-1\n\
        [profile half]\naws_access_key_id = A4\naws_secret_access_key = S4\n[profile empty]\noutput = json\n";

    fn check(name: &str, expected: [Option<&str>; 4]) {
        let found = find(name, &Profiles::new(KEYS, CONFIG)).unwrap_or_else(|error| panic!("{error}"));
        let Credentials { access_key_id, secret_access_key, session_token } = &found.credentials;
        let found = [
            Some(access_key_id.reveal()),
            Some(secret_access_key.reveal()),
            session_token.as_ref().map(Secret::reveal),
            found.region.as_ref().map(Region::as_str),
        ];
        assert_eq!(found, expected, "{name}");
    }

    fn error(name: &str) -> String {
        find(name, &Profiles::new(KEYS, CONFIG)).err().expect("the profile has no key")
    }

    #[test]
    fn key_and_region_of_a_profile_are_read() {
        check("default", [Some("A1"), Some("S1"), None, Some("eu-west-1")]);
        check("temporary", [Some("A2"), Some("S2="), Some("T2"), Some("eu-north-1")]);
    }

    #[test]
    fn key_is_not_combined_from_two_files() {
        check("half", [Some("A4"), Some("S4"), None, None]);
    }

    #[test]
    fn sign_in_profile_is_an_error_with_a_command() {
        let error = error("work");
        assert!(error.contains("aws configure export-credentials --profile work --format env"), "{error}");
    }

    #[test]
    fn profile_without_key_and_missing_profile_are_errors() {
        assert_eq!(error("empty"), "profile empty has no access key");
        assert!(error("missing").starts_with("profile missing not found"));
    }
}
