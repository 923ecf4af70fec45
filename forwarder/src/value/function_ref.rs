//! Reference to a Lambda function: its ARN, or its name in the account and region of the program.

use std::fmt;

use super::{Region, ValueError, arn::resource, region_of_arn};

/// Lambda function, named by ARN or by name. The text is safe in a path of a URL once `:` is percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRef(String);

impl FunctionRef {
    /// Parses `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]` or a name.
    ///
    /// # Errors
    /// Returns an error if the text is neither.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        const MAX_LENGTH: usize = 170;
        let name = if text.starts_with("arn:") {
            resource(text, "lambda").and_then(|resource| resource.strip_prefix("function:"))
        } else {
            Some(text)
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_:$".contains(c);
        let is_function = name.is_some_and(|name| !name.is_empty() && name.chars().all(is_name));
        if is_function && text.len() <= MAX_LENGTH {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError::BadArn)
        }
    }

    /// Returns the region in the ARN; `None` for a name.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        region_of_arn(&self.0)
    }

    /// Returns the text for a segment of a path.
    #[must_use]
    pub fn path_segment(&self) -> String {
        self.0.replace(':', "%3A").replace('$', "%24")
    }
}

impl fmt::Display for FunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_of_functions_are_accepted() {
        for text in ["audit", "audit:$LATEST", "arn:aws:lambda:eu-west-1:123456789012:function:audit:7"] {
            assert_eq!(FunctionRef::read(text).unwrap().to_string(), text);
        }
        let function = FunctionRef::read("arn:aws:lambda:eu-west-1:123456789012:function:audit").unwrap();
        assert_eq!(function.region().unwrap().as_str(), "eu-west-1");
        assert_eq!(
            function.path_segment(),
            "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aaudit"
        );
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in ["", "a/b", "a b", "../x", "arn:aws:sqs:eu-west-1:123456789012:queue", "arn:aws:lambda"] {
            assert_eq!(FunctionRef::read(text), Err(ValueError::BadArn), "{text}");
        }
    }
}
