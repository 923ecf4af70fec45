//! An account in a region: its credentials, which all threads share, and its request rates.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tailwater_forwarder::{
    aws::{AwsConfig, Credentials},
    http::Client,
    value::{Region, Url},
};
use tailwater_parser::UnixMillis;
use tokio::sync;

use super::{limiter::Limiter, operation::Operation};
use crate::credentials::{Chain, CredentialsError, Lease, Role, assume_role};

/// Credentials of the user, or of a role that is assumed with them. They are renewed when they expire.
pub struct SharedCredentials {
    chain: Arc<Chain>,
    role: Option<Role>,
    current: sync::Mutex<Option<Current>>,
}

/// Credentials, and how often they were renewed.
#[derive(Clone)]
pub(super) struct Current {
    lease: Lease,
    pub(super) generation: u64,
}

impl SharedCredentials {
    /// Creates credentials that are found when they are first needed.
    #[must_use]
    pub fn new(chain: Arc<Chain>, role: Option<Role>) -> Self {
        Self { chain, role, current: sync::Mutex::new(None) }
    }

    /// Returns the credentials, renewed if they expire soon, or if they are those of the generation `refused`.
    pub(super) async fn current(
        &self,
        client: &Client,
        now: UnixMillis,
        refused: Option<u64>,
    ) -> Result<Current, CredentialsError> {
        let mut current = self.current.lock().await;
        let usable = current.as_ref().filter(|known| {
            !known.lease.is_due(now) && refused.is_none_or(|generation| known.generation > generation)
        });
        if let Some(usable) = usable {
            return Ok(usable.clone());
        }
        let lease = self.resolve(client, now).await?;
        let generation = current.as_ref().map_or(0, |known| known.generation + 1);
        Ok(current.insert(Current { lease, generation }).clone())
    }

    async fn resolve(&self, client: &Client, now: UnixMillis) -> Result<Lease, CredentialsError> {
        let lease = self.chain.resolve(client, now).await?;
        let Some(role) = &self.role else { return Ok(lease) };
        let (region, endpoint) = (self.chain.region.as_ref(), self.chain.endpoint.as_ref());
        assume_role(client, &lease.credentials, role, region, endpoint).await
    }
}

impl Current {
    pub(super) fn credentials(&self) -> &Credentials {
        &self.lease.credentials
    }
}

/// Account in a region.
pub struct Account {
    /// Region.
    pub region: Region,
    /// Name for messages: the role's ARN and the region, or the region alone.
    pub name: String,
    endpoint: Option<Url>,
    pub(super) credentials: Arc<SharedCredentials>,
    limiters: BTreeMap<Operation, Mutex<Limiter>>,
    calls: AtomicU64,
    throttled: AtomicU64,
}

impl Account {
    /// Creates an account. Accounts of one role share `credentials`.
    #[must_use]
    pub fn new(
        name: String,
        region: Region,
        endpoint: Option<Url>,
        credentials: Arc<SharedCredentials>,
    ) -> Self {
        let limiter = |operation: Operation| (operation, Mutex::new(Limiter::new(operation.quota())));
        Self {
            region,
            name,
            endpoint,
            credentials,
            limiters: Operation::ALL.into_iter().map(limiter).collect(),
            calls: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        }
    }

    /// Number of requests that were sent.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Number of requests that were throttled.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    pub(super) fn config(&self, credentials: &Credentials) -> AwsConfig {
        AwsConfig {
            region: Some(self.region.clone()),
            endpoint: self.endpoint.clone(),
            credentials: Some(credentials.clone()),
            ..AwsConfig::default()
        }
    }

    /// Returns the time to wait before a request is sent.
    pub(super) fn begin(&self, operation: Operation, now: Duration) -> Duration {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.with_limiter(operation, |limiter| limiter.acquire(now)).unwrap_or_default()
    }

    pub(super) fn note_success(&self, operation: Operation, now: Duration) {
        self.with_limiter(operation, |limiter| limiter.succeeded(now));
    }

    pub(super) fn note_throttling(&self, operation: Operation, now: Duration) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
        self.with_limiter(operation, |limiter| limiter.throttled(now));
    }

    fn with_limiter<T>(&self, operation: Operation, apply: impl FnOnce(&mut Limiter) -> T) -> Option<T> {
        let limiter = self.limiters.get(&operation)?;
        Some(apply(&mut limiter.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
