//! Output of `aws lambda list-functions` for generated functions: it has what logs lack, such as the
//! architecture.

use std::rc::Rc;

use crate::{
    json_object::JsonObject,
    model::{Architecture, Function},
};

/// Builds the JSON document that `aws lambda list-functions` prints.
#[must_use]
pub fn list_functions(functions: &[Rc<Function>]) -> String {
    let listed: Vec<_> = functions.iter().map(|function| format!("\n    {}", entry(function))).collect();
    format!("{{\n  \"Functions\": [{}\n  ]\n}}\n", listed.join(","))
}

fn entry(function: &Function) -> JsonObject {
    let arn = function.arn("");
    let architecture = match function.architecture {
        Architecture::X86_64 => "x86_64",
        Architecture::Arm64 => "arm64",
    };
    JsonObject::new()
        .text("FunctionName", &function.name)
        .text("FunctionArn", arn.trim_end_matches(':'))
        .text("Runtime", function.runtime.identifier())
        .json("Timeout", function.timeout.as_secs())
        .json("MemorySize", function.memory_mib)
        .text("Version", "$LATEST")
        .text_array("Architectures", &[architecture])
        .object("EphemeralStorage", &JsonObject::new().json("Size", 512))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fleet::base_function, model::Runtime};

    #[test]
    fn function_entry_has_arn_architecture_and_memory() {
        let function =
            Function { architecture: Architecture::Arm64, ..base_function("checkout", Runtime::Node) };
        let value: serde_json::Value = serde_json::from_str(&list_functions(&[Rc::new(function)])).unwrap();
        let listed = &value["Functions"][0];
        assert_eq!(listed["FunctionArn"], "arn:aws:lambda:eu-west-1:123456789012:function:checkout");
        assert_eq!((&listed["Architectures"][0], &listed["MemorySize"]), (&"arm64".into(), &512.into()));
    }
}
