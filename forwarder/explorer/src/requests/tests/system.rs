//! Generator of systems of functions with known requests, from a seed.

use std::num::NonZeroU64;

use super::*;

/// Way in which a function calls another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    /// It waits for the answer.
    Sync,
    /// Over a queue, with a delay.
    Queue,
    /// Over a topic with several subscribers, each within milliseconds.
    Topic,
    /// As the next step of a state machine.
    Step,
}

/// Ids in the logs of a system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logging {
    /// X-Ray spans with their parents.
    pub(super) spans: bool,
    /// A correlation id in all functions.
    pub(super) correlation: bool,
    /// Message ids in the sender and the receiver.
    pub(super) messages: bool,
    /// Greatest error of a clock in milliseconds.
    pub(super) skew: i64,
    /// Share of runs without any id, in percent.
    pub(super) missing_pct: u64,
}

/// Known truth of a system.
#[derive(Default)]
pub(super) struct Truth {
    /// Function and beginning of each run, with those of its parent.
    pub(super) parents: Vec<(usize, Option<usize>)>,
    /// Request of each run.
    pub(super) requests: Vec<usize>,
}

pub(super) struct System {
    pub(super) builder: GraphBuilder,
    pub(super) truth: Truth,
    logging: Logging,
    random: Random,
    functions: usize,
    next_id: u64,
}

/// Random numbers from a seed (SplitMix64).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// Run whose children follow.
#[derive(Clone, Copy)]
struct Caller {
    place: usize,
    function: usize,
    span: u64,
    correlation: u64,
    request: usize,
}

impl System {
    /// Generates requests over `functions` functions.
    pub(super) fn generate(seed: u64, functions: usize, requests: usize, logging: Logging) -> Self {
        let mut system = Self {
            builder: GraphBuilder::default(),
            truth: Truth::default(),
            logging,
            random: Random(seed),
            functions,
            next_id: 1,
        };
        for request in 0..requests {
            let begin = request as i64 * 60_000;
            let correlation = system.id();
            let function = system.random.below(functions as u64 / 4 + 1) as usize;
            system.call(None, function, begin, request, correlation, &[], 3);
        }
        system
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
    }

    /// Runs a function, and what it calls. Returns the end of the run.
    #[expect(clippy::too_many_arguments, reason = "one call has these properties")]
    fn call(
        &mut self,
        caller: Option<Caller>,
        function: usize,
        begin: i64,
        request: usize,
        correlation: u64,
        messages: &[u64],
        depth: usize,
    ) -> i64 {
        let place = self.truth.parents.len();
        self.truth.parents.push((function, caller.map(|caller| caller.place)));
        self.truth.requests.push(request);
        let this = Caller { place, function, span: self.id(), correlation, request };
        let slot = self.reserve();
        let mut own_messages = messages.to_vec();
        let mut at = begin + 5 + self.random.below(20) as i64;
        if depth > 0 {
            at = self.calls_of(this, at, &mut own_messages, depth - 1);
        }
        let end = at + 5 + self.random.below(30) as i64;
        self.fill(slot, caller, this, begin, end, &own_messages);
        // A failed asynchronous run is retried with the same request id.
        end
    }

    fn calls_of(&mut self, this: Caller, mut at: i64, messages: &mut Vec<u64>, depth: usize) -> i64 {
        for _ in 0..=self.random.below(2) {
            let callee = (this.function + 1 + self.random.below(5) as usize) % self.functions;
            if callee == this.function {
                continue;
            }
            let kind =
                [Call::Sync, Call::Sync, Call::Queue, Call::Topic, Call::Step][self.random.below(5) as usize];
            match kind {
                Call::Sync => {
                    at =
                        self.call(Some(this), callee, at + 2, this.request, this.correlation, &[], depth) + 2;
                }
                Call::Queue | Call::Step => {
                    let message = self.id();
                    messages.push(message);
                    let delay = 2_000 + self.random.below(3_000) as i64;
                    self.call(
                        Some(this),
                        callee,
                        at + delay,
                        this.request,
                        this.correlation,
                        &[message],
                        depth,
                    );
                }
                Call::Topic => {
                    for number in 0..2 {
                        let message = self.id();
                        messages.push(message);
                        let subscriber = (callee + number) % self.functions;
                        if subscriber != this.function {
                            let begin = at + 400 + self.random.below(50) as i64;
                            self.call(
                                Some(this),
                                subscriber,
                                begin,
                                this.request,
                                this.correlation,
                                &[message],
                                0,
                            );
                        }
                    }
                }
            }
            at += 3 + self.random.below(10) as i64;
        }
        at
    }

    fn reserve(&mut self) -> u32 {
        let run = run(&mut self.builder, "reserved", 0, 0);
        self.builder.run(run)
    }

    fn fill(
        &mut self,
        slot: u32,
        caller: Option<Caller>,
        this: Caller,
        begin: i64,
        end: i64,
        messages: &[u64],
    ) {
        let Logging { spans, correlation, messages: logs_messages, skew, missing_pct } = self.logging;
        // The clock of a function is wrong by the same time in all runs.
        let error = if skew == 0 { 0 } else { this.function as i64 % (2 * skew + 1) - skew };
        let name = format!("function-{:03}", this.function);
        let span = |id: u64| NonZeroU64::new(id).filter(|_| spans);
        let run = LinkedRun {
            id: this.place as i64,
            link: RunLink {
                span: span(this.span),
                parent_span: caller.and_then(|caller| span(caller.span)),
                ..RunLink::default()
            },
            request: NonZeroU64::new(this.span ^ 0x55),
            ..run(&mut self.builder, &name, begin + error, end + error)
        };
        self.builder.replace(slot, run);
        if self.random.below(100) < missing_pct {
            return;
        }
        if correlation {
            self.builder.id(slot, IdKind::Correlation, this.correlation);
        }
        if logs_messages {
            messages.iter().for_each(|message| self.builder.id(slot, IdKind::SqsMessage, *message));
        }
    }
}
