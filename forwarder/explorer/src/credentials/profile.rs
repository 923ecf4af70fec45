//! Profile files of AWS's tools: `~/.aws/credentials` and `~/.aws/config`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tailwater_forwarder::{
    aws::Credentials,
    value::{Region, Secret},
};

/// Members of one section, by their names in lower case.
pub type Profile = BTreeMap<String, String>;

/// Texts of the credentials file and the config file.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    credentials: String,
    config: String,
}

impl Profiles {
    /// Reads both files: those that are named, else those in `~/.aws`. A file that cannot be read is empty.
    #[must_use]
    pub fn read(credentials: Option<&Path>, config: Option<&Path>, home: Option<&Path>) -> Self {
        let read = |named: Option<&Path>, name: &str| {
            let default = || home.map(|home| home.join(".aws").join(name));
            let path = named.map(PathBuf::from).or_else(default);
            path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default()
        };
        Self { credentials: read(credentials, "credentials"), config: read(config, "config") }
    }

    /// Creates profiles from the texts of the files.
    #[must_use]
    pub fn new(credentials: &str, config: &str) -> Self {
        Self { credentials: credentials.to_owned(), config: config.to_owned() }
    }

    /// Members of a profile in the credentials file.
    #[must_use]
    pub fn own(&self, name: &str) -> Option<Profile> {
        section(&self.credentials, name)
    }

    /// Members of a profile in the config file, where its section is `[profile NAME]`.
    #[must_use]
    pub fn configured(&self, name: &str) -> Option<Profile> {
        section(&self.config, &format!("profile {name}")).or_else(|| section(&self.config, name))
    }

    /// Members of a profile in both files; those of the credentials file count first.
    #[must_use]
    pub fn merged(&self, name: &str) -> Option<Profile> {
        match (self.configured(name), self.own(name)) {
            (None, None) => None,
            (configured, own) => {
                let mut merged = configured.unwrap_or_default();
                merged.extend(own.unwrap_or_default());
                Some(merged)
            }
        }
    }

    /// Members of `[sso-session NAME]`.
    #[must_use]
    pub fn sso_session(&self, name: &str) -> Option<Profile> {
        section(&self.config, &format!("sso-session {name}"))
    }

    /// Access key of a profile. Key id and secret key come from the same file.
    #[must_use]
    pub fn access_key(&self, name: &str) -> Option<Credentials> {
        let of = |profile: Option<Profile>| profile.as_ref().and_then(credentials);
        of(self.own(name)).or_else(|| of(self.configured(name)))
    }

    /// Region of a profile, unless it is invalid.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<Region> {
        Region::read_any(self.merged(name)?.get("region")?).ok()
    }
}

/// Returns the access key among the members of a section.
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
