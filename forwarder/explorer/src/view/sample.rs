//! Sample invocations for tests: a default that each test changes in the fields it is about.

use std::{sync::Arc, time::Duration};

use tailwater_parser::{
    MemoryMib, Origin, UnixMillis,
    derive::{Invocation, Outcome, StartKind},
};

use super::View;

/// End of a sample invocation by default: 4 Mar 2026 10:00 UTC.
pub(crate) const NOW: UnixMillis = UnixMillis(1_772_618_400_000);

/// A warm invocation of 100 ms with 256 MB of memory, of which it used 64, in eu-west-1.
pub(crate) fn run(function: &str) -> Invocation {
    let mut origin = Origin::default();
    (origin.account, origin.region) = ("111122223333".to_owned(), "eu-west-1".to_owned());
    origin.set_names(&format!("/aws/lambda/{function}"), "2026/03/04/[1]4426346c2cdf4c54a74d3bd2b929fc44");
    Invocation {
        origin: Arc::new(origin),
        event_id: "".into(),
        time: NOW,
        start_time: None,
        init_start_time: None,
        request_id: "".into(),
        outcome: Outcome::Success,
        reported: None,
        error_type: None,
        start: StartKind::Warm,
        duration: Some(Duration::from_millis(100)),
        billed_duration: Some(Duration::from_millis(100)),
        memory_size: Some(MemoryMib(256)),
        max_memory_used: Some(MemoryMib(64)),
        init_duration: None,
        restore_duration: None,
        billed_restore_duration: None,
        produced_bytes: None,
        response_latency: None,
        trace_id: None,
        segment: None,
        spans: Vec::new(),
        tenant: None,
        at_edge: false,
    }
}

/// Setters of a sample's fields.
pub(crate) trait Sample: Sized {
    fn at(self, account: &str, region: &str) -> Self;
    fn version(self, version: &str) -> Self;
    fn ago(self, seconds: u64) -> Self;
    fn took(self, millis: u64) -> Self;
    fn cold(self, init_millis: u64) -> Self;
    fn restored(self, millis: u64) -> Self;
    fn outcome(self, outcome: Outcome) -> Self;
    fn memory(self, used: u32, size: u32) -> Self;
    fn environment(self, number: u32) -> Self;
    fn tenant(self, tenant: &str) -> Self;
    fn request(self, id: &str) -> Self;
}

impl Sample for Invocation {
    fn at(mut self, account: &str, region: &str) -> Self {
        let origin = Arc::make_mut(&mut self.origin);
        (origin.account, origin.region) = (account.to_owned(), region.to_owned());
        self
    }

    fn version(mut self, version: &str) -> Self {
        let origin = Arc::make_mut(&mut self.origin);
        let group = origin.log_group().to_owned();
        origin.set_names(&group, &format!("2026/03/04/[{version}]4426346c2cdf4c54a74d3bd2b929fc44"));
        self
    }

    fn ago(mut self, seconds: u64) -> Self {
        self.time = NOW.before(Duration::from_secs(seconds));
        self
    }

    fn took(mut self, millis: u64) -> Self {
        let start_billed = self.billed_duration.unwrap() - self.duration.unwrap();
        self.duration = Some(Duration::from_millis(millis));
        self.billed_duration = self.duration.map(|duration| duration + start_billed);
        self
    }

    fn cold(mut self, init_millis: u64) -> Self {
        let init = Duration::from_millis(init_millis);
        self.start = StartKind::Cold;
        self.init_duration = Some(init);
        self.billed_duration = self.billed_duration.map(|billed| billed + init);
        self
    }

    fn restored(mut self, millis: u64) -> Self {
        let restore = Duration::from_millis(millis);
        self.start = StartKind::Restored;
        (self.restore_duration, self.billed_restore_duration) = (Some(restore * 2), Some(restore));
        self.billed_duration = self.billed_duration.map(|billed| billed + restore);
        self
    }

    fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    fn memory(mut self, used: u32, size: u32) -> Self {
        (self.max_memory_used, self.memory_size) = (Some(MemoryMib(used)), Some(MemoryMib(size)));
        self
    }

    fn environment(mut self, number: u32) -> Self {
        let origin = Arc::make_mut(&mut self.origin);
        let (group, version) = (origin.log_group().to_owned(), origin.version().to_owned());
        origin.set_names(&group, &format!("2026/03/04/[{version}]{number:032x}"));
        self
    }

    fn tenant(mut self, tenant: &str) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    fn request(mut self, id: &str) -> Self {
        self.request_id = id.into();
        self
    }
}

/// A view of these invocations.
pub(crate) fn view(invocations: impl IntoIterator<Item = Invocation>) -> View {
    let mut view = View::default();
    invocations.into_iter().for_each(|invocation| view.add(&invocation));
    view
}
