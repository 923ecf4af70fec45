//! AWS credentials and region from the profile files of AWS's tools (`~/.aws/credentials`, `~/.aws/config`).

use std::{collections::BTreeMap, fs, path::Path};

use tailwater_forwarder::{
    aws::{AwsConfig, Credentials},
    value::{Region, Secret},
};

/// Members of a profile that gets its credentials by a sign-in (SSO, role, process). Only AWS's own tools
/// support these.
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
    let credentials_file = read_file(aws.credentials_file.as_deref(), "credentials");
    let config_file = read_file(aws.config_file.as_deref(), "config");
    match parse(name, &credentials_file, &config_file) {
        Ok(found) => {
            aws.credentials = Some(found.credentials);
            aws.region = aws.region.take().or(found.region);
        }
        Err(reason) => aws.no_credentials = Some(reason),
    }
}

/// Reads the file at `path` if one is given, or else `~/.aws/NAME`. Returns an empty text if the file cannot
/// be read.
fn read_file(path: Option<&Path>, name: &str) -> String {
    let default = || std::env::home_dir().map(|home| home.join(".aws").join(name));
    let path = path.map(Path::to_owned).or_else(default);
    path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default()
}

type Profile = BTreeMap<String, String>;

/// Finds the credentials of profile `name` in the texts of the credentials file and the config file.
///
/// # Errors
/// Returns a message if the profile is missing or has no access key.
fn parse(name: &str, credentials_file: &str, config_file: &str) -> Result<ProfileCredentials, String> {
    let own = section(credentials_file, name);
    let configured = section(config_file, &format!("profile {name}")).or_else(|| section(config_file, name));
    if own.is_none() && configured.is_none() {
        return Err(format!(
            "profile {name} not found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        ));
    }
    let (own, configured) = (own.unwrap_or_default(), configured.unwrap_or_default());
    let region = configured.get("region").or_else(|| own.get("region"));
    let region = region.map(|region| Region::read_any(region)).transpose();
    let region = region.map_err(|reason| format!("the region of profile {name} {reason}"))?;
    // AwsClient key and secret key must come from the same file.
    let credentials = credentials(&own).or_else(|| credentials(&configured));
    if let Some(credentials) = credentials {
        return Ok(ProfileCredentials { credentials, region });
    }
    let has_sign_in = |profile: &Profile| SIGN_IN_MEMBERS.iter().any(|member| profile.contains_key(*member));
    if has_sign_in(&own) || has_sign_in(&configured) {
        Err(format!(
            "profile {name} has a sign-in instead of an access key; to use its temporary credentials, run: \
             eval \"$(aws configure export-credentials --profile {name} --format env)\""
        ))
    } else {
        Err(format!("profile {name} has no access key"))
    }
}

fn credentials(profile: &Profile) -> Option<Credentials> {
    let secret = |member: &str| profile.get(member).map(Secret::new);
    Some(Credentials {
        access_key_id: secret("aws_access_key_id")?,
        secret_access_key: secret("aws_secret_access_key")?,
        session_token: secret("aws_session_token"),
    })
}

/// Returns the members of section `[name]`, without nested members, which are indented.
fn section(text: &str, name: &str) -> Option<Profile> {
    let heading = |line: &str| {
        let inner = line.trim().strip_prefix('[')?.strip_suffix(']')?;
        Some(inner.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let mut lines = text.lines().skip_while(|line| heading(line).as_deref() != Some(name));
    lines.next()?;
    let members = lines.take_while(|line| heading(line).is_none());
    let pairs = members.filter(|line| !line.starts_with([' ', '\t', '#', ';']));
    let pairs = pairs.filter_map(|line| line.split_once('='));
    Some(pairs.map(|(member, value)| (member.trim().to_ascii_lowercase(), value.trim().to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = "\
        # of mine\n[default]\naws_access_key_id = A1\naws_secret_access_key=S1\n\n\
        [ temporary ]\naws_access_key_id=A2\nAWS_Secret_Access_Key = S2=\naws_session_token = T2\nregion = eu-north-1\n\
        [half]\naws_access_key_id = A3\n";
    const CONFIG: &str = "\
        [default]\nregion = eu-west-1\ns3 =\n  region = nested\n[profile work]\nsso_session = my-sso\nregion = us-east-1\n\
        [profile half]\naws_access_key_id = A4\naws_secret_access_key = S4\n[profile empty]\noutput = json\n";

    fn check(name: &str, expected: [Option<&str>; 4]) {
        let found = parse(name, KEYS, CONFIG).unwrap_or_else(|error| panic!("{error}"));
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
        parse(name, KEYS, CONFIG).err().expect("the profile has no key")
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
