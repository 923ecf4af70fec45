//! Slows down guesses of the token: the answer to a wrong token is delayed, and only a few such answers are delayed at a
//! time.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Delay of the answer to a wrong token.
const DELAY: Duration = Duration::from_secs(1);
/// Maximum number of tokens of one client that are checked, or delayed, at a time.
const MAX_OF_CLIENT: usize = 4;
/// Maximum number of tokens of all clients that are checked, or delayed, at a time.
const MAX: usize = 32;

/// Checks of tokens under way.
#[derive(Debug, Default)]
pub(super) struct TokenAttempts(Arc<Mutex<Vec<IpAddr>>>);

/// One check under way. Dropping it ends the check without a delay: the token was right.
#[derive(Debug)]
pub(super) struct TokenAttempt {
    peer: IpAddr,
    attempts: Arc<Mutex<Vec<IpAddr>>>,
}

impl TokenAttempts {
    /// Begins the check of a token that the client `peer` has sent. Returns `None` if too many answers are delayed; the
    /// token must then not be compared, since the result would show.
    pub(super) fn begin(&self, peer: IpAddr) -> Option<TokenAttempt> {
        let mut attempts = lock(&self.0);
        let of_client = attempts.iter().filter(|own| **own == peer).count();
        if attempts.len() >= MAX || of_client >= MAX_OF_CLIENT {
            return None;
        }
        attempts.push(peer);
        Some(TokenAttempt { peer, attempts: Arc::clone(&self.0) })
    }
}

impl TokenAttempt {
    /// Ends the check of a wrong token after a delay. The check counts as under way for that time even if the client
    /// disconnects.
    pub(super) async fn delay(self) {
        let delay = tokio::spawn(async move {
            tokio::time::sleep(DELAY).await;
            drop(self);
        });
        // An error means that the server is stopping.
        let _ = delay.await;
    }
}

impl Drop for TokenAttempt {
    fn drop(&mut self) {
        let mut attempts = lock(&self.attempts);
        if let Some(at) = attempts.iter().position(|own| *own == self.peer) {
            attempts.swap_remove(at);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn client_has_few_checks_at_a_time() {
        let attempts = TokenAttempts::default();
        let mut under_way: Vec<_> = (0..MAX_OF_CLIENT).map(|_| attempts.begin(client(1)).unwrap()).collect();
        assert!(attempts.begin(client(1)).is_none());
        assert!(attempts.begin(client(2)).is_some());
        under_way.pop();
        assert!(attempts.begin(client(1)).is_some());
    }

    #[test]
    fn all_clients_together_have_a_limit() {
        let attempts = TokenAttempts::default();
        let under_way: Vec<_> = (0..100).filter_map(|last| attempts.begin(client(last))).collect();
        assert_eq!(under_way.len(), MAX);
    }

    #[test]
    fn wrong_token_counts_until_its_delay_is_over_although_the_client_left() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let attempts = TokenAttempts::default();
            let delay = attempts.begin(client(1)).unwrap().delay();
            let _ = tokio::time::timeout(DELAY / 100, delay).await;
            assert_eq!(lock(&attempts.0).len(), 1);
            attempts.begin(client(1)).unwrap().delay().await;
            assert_eq!(lock(&attempts.0).len(), 0);
        });
    }
}
