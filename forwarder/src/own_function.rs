//! Lambda function that this program runs as, according to the environment variables that Lambda sets.

use std::env;

use tailwater_parser::MemoryMib;

/// Lambda function that this program runs as. Outside of Lambda all members are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnFunction {
    /// Name of the function.
    pub name: Option<String>,
    /// AWS region of the function.
    pub region: Option<String>,
    /// Configured memory of the function.
    pub memory: Option<MemoryMib>,
    /// Log group of the function's own log. It must not be forwarded: each line would cause another one.
    pub log_group: Option<String>,
}

impl OwnFunction {
    /// Reads the environment variables of this process.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::from_variables(|name| env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
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
    fn missing_and_empty_variables_are_unknown() {
        assert_eq!(OwnFunction::from_variables(|_| None), OwnFunction::default());
        let function = OwnFunction::from_variables(|name| {
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
        assert_eq!(function, expected);
    }
}
