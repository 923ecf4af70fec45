//! Query parameters of requests across several functions and of the map.

use tailwater_forwarder::pipeline::TimeRange;

use super::{
    query_params::{QueryParams, parameter},
    response::Problem,
};
use crate::requests::Direction;

/// Order of requests across several functions; the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestOrder {
    /// By the beginning.
    Time,
    /// By the time from the first beginning to the last end.
    Total,
    /// By the cost of the invocations.
    Cost,
}

impl QueryParams {
    /// Time range of requests and of the map.
    pub(super) fn request_range(&self) -> Result<TimeRange, Problem> {
        self.range_of(parameter::FROM, parameter::TO)
    }

    /// Earlier time range with which a map is compared; `None` if none is given.
    pub(super) fn before(&self) -> Result<Option<TimeRange>, Problem> {
        let range = self.range_of(parameter::BEFORE_FROM, parameter::BEFORE_TO)?;
        Ok((range.since.is_some() || range.until.is_some()).then_some(range))
    }

    /// True if only failed requests are asked for.
    pub(super) fn only_failed(&self) -> Result<bool, Problem> {
        Ok(self.choice(parameter::FAILED, &[("all", false), ("failed", true)])?.unwrap_or(false))
    }

    /// Order of requests.
    pub(super) fn request_order(&self) -> Result<RequestOrder, Problem> {
        let choices =
            [("time", RequestOrder::Time), ("total", RequestOrder::Total), ("cost", RequestOrder::Cost)];
        Ok(self.choice(parameter::SORT, &choices)?.unwrap_or(RequestOrder::Time))
    }

    /// Number of requests on the pages before this one.
    pub(super) fn cursor(&self) -> Result<usize, Problem> {
        Ok(self
            .parsed(parameter::CURSOR, "`next` of the previous page", |text| text.parse().ok())?
            .unwrap_or(0))
    }

    pub(super) fn direction(&self) -> Result<Direction, Problem> {
        let choices = [
            ("upstream", Direction::Upstream),
            ("downstream", Direction::Downstream),
            ("both", Direction::Both),
        ];
        Ok(self.choice(parameter::DIRECTION, &choices)?.unwrap_or_default())
    }

    /// Greatest number of calls between a node and those around it.
    pub(super) fn depth(&self) -> Result<usize, Problem> {
        self.number(parameter::DEPTH, 1..=8, 1)
    }

    /// Minimum confidence of an edge in percent.
    pub(super) fn confidence(&self) -> Result<u8, Problem> {
        Ok(u8::try_from(self.number(parameter::CONFIDENCE, 0..=100, 0)?).unwrap_or(u8::MAX))
    }
}
