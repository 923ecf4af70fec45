//! Where the money went.

use serde::Serialize;

use super::{Asked, Question};
use crate::{
    serve::answer::{self, Problem},
    view::runs::FunctionSpending,
};

#[derive(Serialize)]
struct Cost {
    functions: Vec<FunctionSpending>,
}

pub(super) fn cost(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let between = question.between()?;
    let now = asked.now();
    let selection = now.runs.select(between, asked.catalog, &question.which());
    let mut functions = now.runs.spending(between, asked.catalog, &selection);
    drop(now);
    functions.sort_by(|a, b| (&a.name.function, &a.name.region).cmp(&(&b.name.function, &b.name.region)));
    answer::json(&Cost { functions })
}
