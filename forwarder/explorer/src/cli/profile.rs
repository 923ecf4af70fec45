//! Keys of profiles, as AWS's own tools keep them on a person's machine.

use std::{collections::BTreeMap, fs, path::Path};

use tailwater_forwarder::settings::{Aws, AwsCredentials, Secret};

/// Members of a profile that only AWS's own tools can make a key of.
const SIGNS_IN: &[&str] = &[
    "sso_session",
    "sso_start_url",
    "role_arn",
    "credential_process",
    "login_session",
    "web_identity_token_file",
];

/// Credentials of a profile, and the region configured with them.
struct Identity {
    credentials: AwsCredentials,
    region: Option<String>,
}

/// Fills in credentials and region from the selected or default profile where the settings have no credentials.
pub(super) fn fill_in(aws: &mut Aws) {
    if aws.credentials.is_some() {
        return;
    }
    let name = aws.profile.as_deref().unwrap_or("default");
    let keys = text(aws.credentials_file.as_deref(), "credentials");
    let config = text(aws.config_file.as_deref(), "config");
    match of_texts(name, &keys, &config) {
        Ok(identity) => {
            aws.credentials = Some(identity.credentials);
            aws.region = aws.region.take().or(identity.region);
        }
        Err(reason) => aws.no_credentials = Some(reason),
    }
}

/// Reads the file that is set, or `~/.aws/NAME`; a file that cannot be read is empty.
fn text(set: Option<&Path>, name: &str) -> String {
    let usual = || std::env::home_dir().map(|home| home.join(".aws").join(name));
    let path = set.map(Path::to_owned).or_else(usual);
    path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default()
}

type Profile = BTreeMap<String, String>;

fn of_texts(name: &str, keys: &str, config: &str) -> Result<Identity, String> {
    let own = section(keys, name);
    let configured = section(config, &format!("profile {name}")).or_else(|| section(config, name));
    if own.is_none() && configured.is_none() {
        return Err(format!(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; there is no profile {name}"
        ));
    }
    let (own, configured) = (own.unwrap_or_default(), configured.unwrap_or_default());
    let region = configured.get("region").or_else(|| own.get("region")).cloned();
    // A key is taken whole from one file, never half from each.
    let credentials = credentials(&own).or_else(|| credentials(&configured));
    if let Some(credentials) = credentials {
        return Ok(Identity { credentials, region });
    }
    let signs_in = |profile: &Profile| SIGNS_IN.iter().any(|member| profile.contains_key(*member));
    if signs_in(&own) || signs_in(&configured) {
        Err(format!(
            "the profile {name} holds no key but signs in; run: \
             eval \"$(aws configure export-credentials --profile {name} --format env)\""
        ))
    } else {
        Err(format!("the profile {name} holds no key"))
    }
}

fn credentials(profile: &Profile) -> Option<AwsCredentials> {
    let secret = |member: &str| profile.get(member).map(Secret::new);
    Some(AwsCredentials {
        access_key_id: secret("aws_access_key_id")?,
        secret_access_key: secret("aws_secret_access_key")?,
        session_token: secret("aws_session_token"),
    })
}

/// The members below `[name]`. Nested ones, which are indented, are none of ours.
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
        let identity = of_texts(name, KEYS, CONFIG).unwrap_or_else(|error| panic!("{error}"));
        let AwsCredentials { access_key_id, secret_access_key, session_token } = &identity.credentials;
        let found = [
            Some(access_key_id.reveal()),
            Some(secret_access_key.reveal()),
            session_token.as_ref().map(Secret::reveal),
            identity.region.as_deref(),
        ];
        assert_eq!(found, expected, "{name}");
    }

    fn told(name: &str) -> String {
        of_texts(name, KEYS, CONFIG).err().expect("there is no key")
    }

    #[test]
    fn a_profile_holds_a_key_and_a_region() {
        check("default", [Some("A1"), Some("S1"), None, Some("eu-west-1")]);
        check("temporary", [Some("A2"), Some("S2="), Some("T2"), Some("eu-north-1")]);
    }

    #[test]
    fn half_a_key_is_not_completed_from_another_file() {
        check("half", [Some("A4"), Some("S4"), None, None]);
    }

    #[test]
    fn a_profile_that_signs_in_is_told_with_the_way_out() {
        let told = told("work");
        assert!(told.contains("aws configure export-credentials --profile work --format env"), "{told}");
    }

    #[test]
    fn a_profile_without_a_key_and_one_that_is_not_there_are_told() {
        assert_eq!(told("empty"), "the profile empty holds no key");
        assert!(told("missing").ends_with("there is no profile missing"));
    }
}
