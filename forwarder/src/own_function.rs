//! What AWS says in the environment of the function that runs: facts, not settings.

use std::env;

use tailwater_parser::MemoryMib;

/// The function that this process is, as far as AWS tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnFunction {
    /// Its name.
    pub name: Option<String>,
    /// Where it runs.
    pub region: Option<String>,
    /// What it may use, and is billed for.
    pub memory: Option<MemoryMib>,
    /// Where its own log goes: events from there would feed themselves.
    pub log_group: Option<String>,
}

impl OwnFunction {
    /// Of this process.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::of(|name| env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name| variable(name).filter(|text| !text.is_empty());
        let memory = variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|mib| mib.parse().ok());
        Self {
            name: variable("AWS_LAMBDA_FUNCTION_NAME"),
            region: variable("AWS_REGION"),
            memory: memory.map(MemoryMib),
            log_group: variable("AWS_LAMBDA_LOG_GROUP_NAME"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_does_not_tell_is_unknown() {
        assert_eq!(OwnFunction::of(|_| None), OwnFunction::default());
        let told = OwnFunction::of(|name| {
            Some(match name {
                "AWS_LAMBDA_FUNCTION_NAME" => "tailwater".to_owned(),
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" => "128".to_owned(),
                _ => String::new(),
            })
        });
        let expected = OwnFunction {
            name: Some("tailwater".to_owned()),
            memory: Some(MemoryMib(128)),
            ..OwnFunction::default()
        };
        assert_eq!(told, expected);
    }
}
