//! Names in a template, normalised so that different intrinsic functions with the same result compare equal.

use serde_json::Value;

/// Name in a template, as a list of literal texts and references.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Name(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    /// Reference to a parameter, a resource or a pseudo parameter.
    Ref(String),
    /// Any other intrinsic function.
    Other(Value),
}

impl Name {
    /// Creates a name that is a literal text.
    pub(super) fn from_text(text: &str) -> Self {
        let mut name = Self::default();
        name.push_text(text);
        name
    }

    /// Creates the name that consists of the reference `{"Ref": id}`.
    pub(super) fn from_ref(id: &str) -> Self {
        Self(vec![Part::Ref(id.to_owned())])
    }

    /// Parses a text, `Ref`, `Fn::Sub` or `Fn::Join`. Any other value becomes a name that equals only itself.
    pub(super) fn read(value: &Value) -> Self {
        let mut name = Self::default();
        name.push(value);
        name
    }

    /// Returns this name with a text in front.
    pub(super) fn with_prefix(self, text: &str) -> Self {
        let mut name = Self::from_text(text);
        self.0.into_iter().for_each(|part| name.push_part(part));
        name
    }

    /// Returns the logical id if the name consists of a single `Ref`.
    pub(super) fn as_ref(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Ref(id)] => Some(id),
            _ => None,
        }
    }

    fn push(&mut self, value: &Value) {
        let pushed = match value {
            Value::String(text) => {
                self.push_text(text);
                Some(())
            }
            Value::Object(_) => self.push_function(value),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        };
        if pushed.is_none() {
            self.0.push(Part::Other(value.clone()));
        }
    }

    /// Appends the parts of `Ref`, `Fn::Sub` or `Fn::Join`. Returns `None` if the value is none of these or malformed.
    fn push_function(&mut self, value: &Value) -> Option<()> {
        let (function, argument) = value.as_object().filter(|object| object.len() == 1)?.iter().next()?;
        match function.as_str() {
            "Ref" => self.0.push(Part::Ref(argument.as_str()?.to_owned())),
            "Fn::Sub" => self.push_sub(argument)?,
            "Fn::Join" => {
                let (separator, items) = pair(argument)?;
                let (separator, items) = (separator.as_str()?, items.as_array()?);
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.push_text(separator);
                    }
                    self.push(item);
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Appends the parts of the argument of `Fn::Sub`: `"…${Name}…"`, or `["…${Name}…", {"Name": …}]`.
    fn push_sub(&mut self, argument: &Value) -> Option<()> {
        let with_values = || {
            let (text, values) = pair(argument)?;
            Some((text.as_str()?, Some(values.as_object()?)))
        };
        let (text, values) = argument.as_str().map(|text| (text, None)).or_else(with_values)?;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (variable, after) = after.split_once('}')?;
            self.push_text(before);
            let variable = variable.trim();
            if let Some(literal) = variable.strip_prefix('!') {
                self.push_text(&format!("${{{literal}}}"));
            } else if let Some(value) = values.and_then(|values| values.get(variable)) {
                self.push(value);
            } else {
                self.0.push(Part::Ref(variable.to_owned()));
            }
            rest = after;
        }
        self.push_text(rest);
        Some(())
    }

    fn push_part(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.push_text(&text),
            Part::Ref(_) | Part::Other(_) => self.0.push(part),
        }
    }

    fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => last.push_str(text),
            Some(Part::Ref(_) | Part::Other(_)) | None => self.0.push(Part::Text(text.to_owned())),
        }
    }
}

fn pair(argument: &Value) -> Option<(&Value, &Value)> {
    match argument.as_array()?.as_slice() {
        [first, second] => Some((first, second)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn different_functions_for_the_same_name_are_equal() {
        let same = [
            json!({"Fn::Sub": "/aws/lambda/${Stage}-orders"}),
            json!({"Fn::Sub": ["/aws/lambda/${S}-orders", {"S": {"Ref": "Stage"}}]}),
            json!({"Fn::Sub": ["${Group}-${What}", {"Group": {"Fn::Sub": "/aws/lambda/${Stage}"}, "What": "orders"}]}),
            json!({"Fn::Join": ["", ["/aws/lambda/", {"Ref": "Stage"}, "-orders"]]}),
            json!({"Fn::Join": ["-", [{"Fn::Sub": "/aws/lambda/${ Stage }"}, "orders"]]}),
        ];
        let expected = Name::read(&json!({"Fn::Sub": "${Stage}-orders"})).with_prefix("/aws/lambda/");
        for name in &same {
            assert_eq!(Name::read(name), expected, "{name}");
        }
        assert_ne!(Name::read(&json!("/aws/lambda/${Stage}-orders")), expected);
    }

    #[test]
    fn single_reference_and_literal_text_are_recognised() {
        assert_eq!(Name::read(&json!({"Fn::Sub": "${Logs}"})).as_ref(), Some("Logs"));
        assert_eq!(Name::read(&json!({"Fn::Join": ["/", ["/aws", "x"]]})), Name::from_text("/aws/x"));
        assert_eq!(Name::read(&json!({"Fn::Sub": "a${!b}"})), Name::from_text("a${b}"));
    }

    #[test]
    fn other_functions_are_equal_only_to_themselves() {
        for odd in [
            json!({"Fn::ImportValue": "x"}),
            json!({"Fn::Sub": "${open"}),
            json!({"Fn::Sub": 5}),
            json!({"Fn::Join": ["", {"Ref": "List"}]}),
            json!({"Ref": "a", "Fn::Sub": "b"}),
            json!(5),
        ] {
            let name = Name::read(&odd);
            assert!(matches!(name.0.as_slice(), [Part::Other(_), ..] | [_, Part::Other(_)]), "{odd}");
            assert_eq!(name, Name::read(&odd));
        }
    }
}
