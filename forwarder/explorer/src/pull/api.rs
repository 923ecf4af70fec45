//! Sends the requests of one thread: credentials, request rate, retries.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::{Duration, Instant},
};

use tailwater_forwarder::{
    aws::{self, AwsClient, Call},
    http::{Backoff, Client, Network},
};
use tailwater_parser::UnixMillis;
use tokio::time::sleep;

use super::{account::Account, error::PullError, operation::Operation};

/// Maximum time of an attempt. `FilterLogEvents` may search for long before it answers.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum number of attempts that fail for another reason than throttling.
const MAX_FAILURES: u32 = 5;
/// Maximum number of attempts of one request that are throttled.
const MAX_THROTTLED: u32 = 50;
/// Maximum number of times that one request renews the credentials.
const MAX_RENEWALS: u32 = 2;
/// Pauses after failed attempts: those of AWS's SDKs.
const BACKOFF: Backoff =
    Backoff::new(Duration::from_secs(1), Duration::from_secs(20)).expect("1 s is less than 20 s");
/// Interval at which a pause ends if the run should stop.
const STOP_CHECK: Duration = Duration::from_millis(50);

/// Clock and signals of the caller.
#[derive(Clone, Copy)]
pub struct Surroundings<'s> {
    /// Current time.
    pub now: fn() -> UnixMillis,
    /// Start of the run, from which request rates count.
    pub began: Instant,
    /// True once the run should stop.
    pub should_stop: &'s (dyn Fn() -> bool + Sync),
}

/// Client of one thread. HTTP connections belong to the runtime of the thread.
pub struct Api<'s> {
    client: Client,
    around: Surroundings<'s>,
}

impl<'s> Api<'s> {
    /// Creates a client. It sends nothing yet.
    ///
    /// # Errors
    /// Returns an error if the network settings cannot be used.
    pub fn new(network: &Network, around: Surroundings<'s>) -> Result<Self, PullError> {
        Ok(Self { client: Client::new(network)?, around })
    }

    /// True once the run should stop.
    pub(super) fn should_stop(&self) -> bool {
        (self.around.should_stop)()
    }

    /// Sends a request until it succeeds, or until repeating it makes no sense, and returns the body of the answer.
    ///
    /// # Errors
    /// Returns the error of the last attempt, or [`PullError::Interrupted`].
    pub async fn call(
        &self,
        account: &Account,
        operation: Operation,
        call: &Call<'_>,
    ) -> Result<Vec<u8>, PullError> {
        let (mut failures, mut throttled, mut renewals, mut refused) = (0, 0, 0, None);
        loop {
            self.pause(account.begin(operation, self.elapsed())).await?;
            let current = account.credentials.current(&self.client, (self.around.now)(), refused).await?;
            let client = AwsClient::new(self.client.clone(), &account.config(current.credentials()), TIMEOUT);
            let result = match client {
                Ok(client) => client.once(operation.service(), call).await,
                Err(error) => Err(error),
            };
            let error = match result {
                Ok(body) => {
                    account.note_success(operation, self.elapsed());
                    return Ok(body);
                }
                Err(error) => error,
            };
            if let aws::Error::Throttled { .. } = error {
                account.note_throttling(operation, self.elapsed());
                throttled += 1;
                if throttled < MAX_THROTTLED {
                    self.pause(BACKOFF.pause(throttled, random()) / 4).await?;
                    continue;
                }
            } else if error.concerns_credentials() && renewals < MAX_RENEWALS {
                renewals += 1;
                refused = Some(current.generation);
                continue;
            } else if error.is_temporary() && failures < MAX_FAILURES {
                failures += 1;
                self.pause(BACKOFF.pause(failures, random()) / 4).await?;
                continue;
            }
            return Err(PullError::of(operation, error));
        }
    }

    fn elapsed(&self) -> Duration {
        self.around.began.elapsed()
    }

    /// Waits, but not longer than until the run should stop.
    pub(super) async fn pause(&self, time: Duration) -> Result<(), PullError> {
        let mut left = time;
        while !self.should_stop() {
            if left.is_zero() {
                return Ok(());
            }
            let step = left.min(STOP_CHECK);
            sleep(step).await;
            left = left.saturating_sub(step);
        }
        Err(PullError::Interrupted)
    }
}

/// Returns a random number, so that threads that were throttled at the same time do not repeat at the same time.
fn random() -> u64 {
    RandomState::new().hash_one(0_u8)
}
