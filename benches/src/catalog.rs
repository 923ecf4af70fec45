//! The functions as `aws lambda list-functions` shows them: what logs do not tell, such as the architecture.

use std::rc::Rc;

use crate::{
    model::{Cpu, Function},
    object::Object,
};

/// The document that the command prints.
#[must_use]
pub fn list_functions(functions: &[Rc<Function>]) -> String {
    let listed: Vec<_> = functions.iter().map(|function| format!("\n    {}", listed(function))).collect();
    format!("{{\n  \"Functions\": [{}\n  ]\n}}\n", listed.join(","))
}

fn listed(function: &Function) -> Object {
    let arn = function.arn("");
    let architecture = match function.cpu {
        Cpu::X86 => "x86_64",
        Cpu::Arm => "arm64",
    };
    Object::new()
        .text("FunctionName", &function.name)
        .text("FunctionArn", arn.trim_end_matches(':'))
        .text("Runtime", function.runtime.identifier())
        .json("Timeout", function.timeout.as_secs())
        .json("MemorySize", function.memory_mib)
        .text("Version", "$LATEST")
        .texts("Architectures", &[architecture])
        .object("EphemeralStorage", &Object::new().json("Size", 512))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Runtime, populace::ordinary};

    #[test]
    fn a_function_is_listed_as_aws_does() {
        let function = Function { cpu: Cpu::Arm, ..ordinary("checkout", Runtime::Node) };
        let value: serde_json::Value = serde_json::from_str(&list_functions(&[Rc::new(function)])).unwrap();
        let listed = &value["Functions"][0];
        assert_eq!(listed["FunctionArn"], "arn:aws:lambda:eu-west-1:123456789012:function:checkout");
        assert_eq!((&listed["Architectures"][0], &listed["MemorySize"]), (&"arm64".into(), &512.into()));
    }
}
