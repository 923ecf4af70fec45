//! CloudWatch's embedded metric format: metrics declared inside a JSON log line.

use super::app::App;

/// A line that declares metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Emf<'a> {
    /// What the line says otherwise.
    pub app: App<'a>,
    /// Its metrics, as declared.
    pub metrics: Vec<EmfMetric<'a>>,
}

/// A metric of an EMF line: one name in one namespace with one set of dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct EmfMetric<'a> {
    /// CloudWatch namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// CloudWatch unit; `None` when none is given.
    pub unit: Option<&'a str>,
    /// Its values: one, or up to 100.
    pub values: Vec<f64>,
    /// Names and values of its dimensions.
    pub dimensions: Vec<(&'a str, &'a str)>,
}
