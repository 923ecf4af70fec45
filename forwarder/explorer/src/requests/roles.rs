//! Roles of runs at resources: which runs send to a queue or publish to a topic, and which handle what comes from it.

use super::edges::NodeKind;
use tailwater_parser::line::correlation::IdKind;

/// Number of a resource in [`Roles`].
pub(super) type ResourceNumber = u32;

/// Role of a run at a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Role {
    run: u32,
    pub(super) resource: ResourceNumber,
    /// True if the run handles an event of the resource; false if it uses the resource.
    pub(super) is_source: bool,
}

impl Role {
    /// Index of the run.
    pub(super) fn run(&self) -> u32 {
        self.run
    }
}

/// Resources of each run.
#[derive(Debug, Default)]
pub(super) struct Roles {
    names: Vec<Box<str>>,
    kinds: Vec<NodeKind>,
    /// In the order of the runs.
    roles: Vec<Role>,
}

impl Roles {
    /// Creates the roles from names, runs and whether the run handles an event of the resource, sorted by name.
    pub(super) fn new<'n>(uses: impl Iterator<Item = (&'n str, u32, bool)>) -> Self {
        let mut new = Self::default();
        for (name, run, is_source) in uses {
            if new.names.last().is_none_or(|last| **last != *name) {
                new.names.push(name.into());
                new.kinds.push(NodeKind::of(name));
            }
            let resource = super::run::number(new.names.len() - 1);
            new.roles.push(Role { run, resource, is_source });
        }
        new.roles.sort_unstable();
        new
    }

    /// Name of a resource.
    pub(super) fn name(&self, resource: ResourceNumber) -> &str {
        self.names.get(super::run::index(resource)).map_or("", |name| name)
    }

    /// Names of the resources, by number.
    pub(super) fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// Kind of a resource.
    pub(super) fn kind(&self, resource: ResourceNumber) -> NodeKind {
        self.kinds.get(super::run::index(resource)).copied().unwrap_or(NodeKind::Function)
    }

    /// True if no line names a resource.
    pub(super) fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// Roles of all runs, in the order of these.
    pub(super) fn all(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter()
    }

    /// Roles of a run.
    pub(super) fn of(&self, run: u32) -> &[Role] {
        let begin = self.roles.partition_point(|role| role.run < run);
        let rest = self.roles.get(begin..).unwrap_or_default();
        rest.get(..rest.partition_point(|role| role.run == run)).unwrap_or_default()
    }

    /// Resource to which one run sends and from which the other one handles an event.
    pub(super) fn between(&self, sender: u32, receiver: u32) -> Option<ResourceNumber> {
        let handled =
            self.of(receiver).iter().filter(|role| role.is_source && self.is_passage(role.resource));
        handled
            .map(|role| role.resource)
            .find(|resource| self.of(sender).iter().any(|role| !role.is_source && role.resource == *resource))
    }

    /// True if both runs handle an event of one resource that neither sends to: the one did not cause the other.
    pub(super) fn are_receivers(&self, one: u32, other: u32) -> bool {
        let sources = |run: u32| self.of(run).iter().filter(|role| role.is_source);
        let uses = |run: u32, resource: ResourceNumber| {
            self.of(run).iter().any(|role| !role.is_source && role.resource == resource)
        };
        sources(one).map(|role| role.resource).any(|resource| {
            let is_of_messages = matches!(
                self.kind(resource),
                NodeKind::Queue | NodeKind::Topic | NodeKind::Bus | NodeKind::Stream
            );
            is_of_messages
                && sources(other).any(|role| role.resource == resource)
                && !uses(one, resource)
                && !uses(other, resource)
        })
    }

    /// Resources of a run over which a message with an id of this kind can go.
    pub(super) fn of_kind(
        &self,
        run: u32,
        kind: IdKind,
        is_source: bool,
    ) -> impl Iterator<Item = ResourceNumber> {
        let carriers = carriers(kind);
        self.of(run)
            .iter()
            .filter(move |role| role.is_source == is_source && carriers.contains(&self.kind(role.resource)))
            .map(|role| role.resource)
    }

    /// True if calls go through a resource: it invokes functions with what is sent to it.
    fn is_passage(&self, resource: ResourceNumber) -> bool {
        match self.kind(resource) {
            NodeKind::Queue
            | NodeKind::Topic
            | NodeKind::Bus
            | NodeKind::Stream
            | NodeKind::Bucket
            | NodeKind::Table
            | NodeKind::Api
            | NodeKind::StateMachine => true,
            NodeKind::Function | NodeKind::Host => false,
        }
    }
}

/// Kinds of resources that carry a message, an event or an execution with an id of this kind.
fn carriers(kind: IdKind) -> &'static [NodeKind] {
    match kind {
        IdKind::SqsMessage => &[NodeKind::Queue],
        IdKind::SnsMessage => &[NodeKind::Topic],
        IdKind::Event => &[NodeKind::Bus],
        IdKind::Execution => &[NodeKind::StateMachine],
        IdKind::ApiRequest => &[NodeKind::Api],
        IdKind::Trace | IdKind::Correlation | IdKind::Field => &[],
    }
}
