//! IAM Identity Center (single sign-on): the token that `aws sso login` has cached is exchanged for credentials of a role.
//!
//! A token that has expired is refreshed with the client registration in the cache. The new token is kept in memory only.

use std::{fs, path::Path, sync::Mutex};

use serde::Deserialize;
use serde_json::json;
use tailwater_forwarder::{
    aws::{self, Service},
    http::{Client, HeaderName, HeaderValue, Method, Request},
    value::{Region, Secret, Url},
};
use tailwater_parser::{UnixMillis, timestamp};

use super::{
    error::CredentialsError,
    lease::Lease,
    profile::{Profile, Profiles},
    sts::send_unsigned,
};

/// Maximum number of files in the cache that are read, and the maximum length of one in bytes.
const MAX_FILES: usize = 1_000;
const MAX_FILE: u64 = 64 * 1024;
/// Time before the expiry of a token at which it is refreshed.
const REFRESH_BEFORE_MS: i64 = 60_000;

/// Role and sign-in of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SsoProfile {
    profile: String,
    start_url: String,
    region: Region,
    account: String,
    role: String,
}

/// File in the cache of sign-ins.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedToken {
    start_url: String,
    access_token: String,
    expires_at: String,
    refresh_token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    registration_expires_at: Option<String>,
}

/// Token of a sign-in, and the time at which it expires.
#[derive(Clone)]
struct Token {
    start_url: String,
    text: Secret,
    expires: UnixMillis,
    refresh: Option<Secret>,
}

/// Tokens that were refreshed by this process.
#[derive(Default)]
pub(super) struct RefreshedTokens(Mutex<Vec<Token>>);

impl SsoProfile {
    /// Reads the members of a profile; `None` if it has no sign-in.
    pub(super) fn read(
        name: &str,
        profile: &Profile,
        profiles: &Profiles,
    ) -> Result<Option<Self>, CredentialsError> {
        let incomplete = |member| CredentialsError::Incomplete { profile: name.to_owned(), member };
        let session = match profile.get("sso_session") {
            Some(session) => {
                profiles.sso_session(session).ok_or(incomplete("[sso-session] in the config file"))?
            }
            None if profile.contains_key("sso_start_url") => profile.clone(),
            None => return Ok(None),
        };
        let of = |section: &Profile, member: &'static str| {
            section.get(member).cloned().ok_or_else(|| incomplete(member))
        };
        let region =
            Region::read(&of(&session, "sso_region")?).map_err(|_| incomplete("valid sso_region"))?;
        Ok(Some(Self {
            profile: name.to_owned(),
            start_url: of(&session, "sso_start_url")?,
            region,
            account: of(profile, "sso_account_id")?,
            role: of(profile, "sso_role_name")?,
        }))
    }

    /// Gets the credentials of the role.
    pub(super) async fn credentials(
        &self,
        client: &Client,
        home: Option<&Path>,
        refreshed: &RefreshedTokens,
        endpoint: Option<&Url>,
        now: UnixMillis,
    ) -> Result<Lease, CredentialsError> {
        let expired = || CredentialsError::SignIn { profile: self.profile.clone() };
        let token = self.token(client, home, refreshed, endpoint, now).await?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("role_name", &self.role)
            .append_pair("account_id", &self.account)
            .finish();
        let base = aws::service_url(Service::Sso, &self.region, endpoint)?;
        let url = format!("{}?{query}", base.join("federation/credentials"));
        let request = Request::new(Method::GET, url, Vec::new());
        let header = HeaderName::from_static("x-amz-sso_bearer_token");
        let request = request.with_secret(header, &token).ok_or_else(expired)?;
        let answer = match send_unsigned(client, Service::Sso, request).await {
            Err(CredentialsError::Aws(aws::Error::Denied { code, .. }))
                if code == "UnauthorizedException" =>
            {
                return Err(expired());
            }
            answer => answer?,
        };
        parse_role(&answer).ok_or(CredentialsError::Invalid("IAM Identity Center"))
    }

    /// Returns a valid token: the cached one, or one that is refreshed.
    async fn token(
        &self,
        client: &Client,
        home: Option<&Path>,
        refreshed: &RefreshedTokens,
        endpoint: Option<&Url>,
        now: UnixMillis,
    ) -> Result<Secret, CredentialsError> {
        let is_valid = |expires: UnixMillis| now.0 < expires.0.saturating_sub(REFRESH_BEFORE_MS);
        let known = refreshed.find(&self.start_url);
        if let Some(token) = known.as_ref().filter(|token| is_valid(token.expires)) {
            return Ok(token.text.clone());
        }
        let expired = || CredentialsError::SignIn { profile: self.profile.clone() };
        let cached = home.and_then(|home| cached(home, &self.start_url)).ok_or_else(expired)?;
        let expires = timestamp::read_all(&cached.expires_at).ok_or_else(expired)?;
        if is_valid(expires) {
            return Ok(Secret::new(cached.access_token));
        }
        let registration_expires = cached.registration_expires_at.as_deref().and_then(timestamp::read_all);
        let is_registered = registration_expires.is_none_or(|expires| now < expires);
        let refresh = known.and_then(|token| token.refresh).or(cached.refresh_token.map(Secret::new));
        let (Some(id), Some(secret), Some(refresh), true) =
            (cached.client_id, cached.client_secret, refresh, is_registered)
        else {
            return Err(expired());
        };
        let body = json!({
            "clientId": id,
            "clientSecret": secret,
            "grantType": "refresh_token",
            "refreshToken": refresh.reveal(),
        });
        let created = self.create_token(client, &body.to_string(), endpoint, now).await;
        let token = created.map_err(|error| if error.is_final() { expired() } else { error })?;
        refreshed.keep(token.clone());
        Ok(token.text)
    }

    async fn create_token(
        &self,
        client: &Client,
        body: &str,
        endpoint: Option<&Url>,
        now: UnixMillis,
    ) -> Result<Token, CredentialsError> {
        let url = aws::service_url(Service::SsoOidc, &self.region, endpoint)?.join("token").to_string();
        let request = Request::new(Method::POST, url, body.to_owned());
        let json_type = HeaderValue::from_static("application/json");
        let request = request.with(HeaderName::from_static("content-type"), json_type);
        let answer = send_unsigned(client, Service::SsoOidc, request).await?;
        let created: CreatedToken =
            serde_json::from_slice(&answer).map_err(|_| CredentialsError::Invalid("IAM Identity Center"))?;
        Ok(Token {
            start_url: self.start_url.clone(),
            text: Secret::new(created.access_token),
            expires: UnixMillis(now.0.saturating_add(created.expires_in.saturating_mul(1000))),
            refresh: created.refresh_token.map(Secret::new),
        })
    }
}

/// Answer of `CreateToken`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedToken {
    access_token: String,
    /// Seconds.
    expires_in: i64,
    refresh_token: Option<String>,
}

impl RefreshedTokens {
    fn find(&self, start_url: &str) -> Option<Token> {
        let tokens = self.0.lock().ok()?;
        tokens.iter().find(|token| token.start_url == start_url).cloned()
    }

    fn keep(&self, token: Token) {
        if let Ok(mut tokens) = self.0.lock() {
            tokens.retain(|known| known.start_url != token.start_url);
            tokens.push(token);
        }
    }
}

/// Finds the sign-in for a start URL in the cache. The names of its files are hashes; their content tells which it is. Of
/// several, the one that expires last counts.
fn cached(home: &Path, start_url: &str) -> Option<CachedToken> {
    let entries = fs::read_dir(home.join(".aws/sso/cache")).ok()?;
    let files = entries.filter_map(Result::ok).take(MAX_FILES);
    let small = files.filter(|file| file.metadata().is_ok_and(|about| about.len() <= MAX_FILE));
    let texts = small.filter_map(|file| fs::read(file.path()).ok());
    let tokens = texts.filter_map(|text| serde_json::from_slice::<CachedToken>(&text).ok());
    let own = tokens.filter(|token| token.start_url.trim_end_matches('/') == start_url.trim_end_matches('/'));
    own.max_by_key(|token| timestamp::read_all(&token.expires_at))
}

/// Parses the answer of `GetRoleCredentials`.
fn parse_role(answer: &[u8]) -> Option<Lease> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        role_credentials: RoleCredentials,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct RoleCredentials {
        access_key_id: String,
        secret_access_key: String,
        session_token: String,
        /// Unix time in milliseconds.
        expiration: i64,
    }
    let found = serde_json::from_slice::<Answer>(answer).ok()?.role_credentials;
    let token = Some(found.session_token.as_str());
    let lease = Lease::temporary(&found.access_key_id, &found.secret_access_key, token, None);
    Some(Lease { expires: Some(UnixMillis(found.expiration)), ..lease })
}
