//! Templates, programs and alerts agree on the names of settings, on required settings, and on the names of metrics.

use std::collections::BTreeSet;

use tailwater_forwarder::settings::{DATADOG_NAMES, MACRO_SETTINGS, SUBSCRIBER_SETTINGS, Setting};
use tests::{
    replay::Replay,
    source::{files, read},
};

/// Prefixes of our settings.
const PREFIXES: &[&str] = &["TAILWATER_", "OTEL_", "DD_"];

/// Names with such a prefix that are not settings but variables of `sam build` and `infra/check`.
const SCRIPT_VARIABLES: &[&str] = &["TAILWATER_ARTEFACTS", "TAILWATER_TERRAFORM_MIRROR"];

/// Template and settings of each program other than the forwarder.
const OTHER_PROGRAMS: &[(&str, &[Setting])] = &[
    ("infra/sam/subscriber/template.yaml", SUBSCRIBER_SETTINGS),
    ("infra/sam/macro/template.yaml", MACRO_SETTINGS),
];

/// Settings that these templates leave out: the programs call only AWS, if anything, and are in no VPC.
const LEFT_OUT_BY_OTHERS: &[&str] =
    &["TAILWATER_ALLOW_INSECURE", "TAILWATER_CA_FILE", "HTTPS_PROXY", "NO_PROXY"];

/// Files of each tool that set the settings of the function.
const TOOLS: &[(&str, &[&str])] = &[
    ("SAM", &["infra/sam/template.yaml"]),
    ("Terraform", &["infra/terraform/settings.tf", "infra/terraform/modules/plan/main.tf"]),
    ("CDK", &["infra/cdk/lib/settings.ts", "infra/cdk/lib/tailwater.ts"]),
];

/// Returns the rows of `tailwater settings --markdown`.
fn table() -> Vec<String> {
    let listed = Replay::subcommand("settings").arg("--markdown").run().code(0).stdout;
    let rows: Vec<_> = listed.lines().skip(2).map(str::to_owned).collect();
    assert!(rows.len() > 20, "only {} settings", rows.len());
    rows
}

/// Returns the name in the first cell of a row.
fn name(row: &str) -> &str {
    row.split('`').nth(1).expect("a row begins with a name")
}

/// Returns all words of a text that are written like an environment variable.
fn variable_names(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.split(move |c: char| !is_part(c)).filter(|word| word.len() > 3)
}

/// Prefix of variables that Lambda reserves.
const RESERVED_PREFIX: &str = "AWS_";

/// Settings that the generator deliberately leaves out; each has a comment with the reason.
fn left_out() -> BTreeSet<String> {
    let generator = read("infra/generator/settings.py");
    let (_, list) = generator.split_once("NO_PARAMETER = {").expect("the generator has a list");
    let (list, _) = list.split_once('}').expect("the list ends");
    list.split('"').filter(|text| variable_names(text).next() == Some(text)).map(str::to_owned).collect()
}

#[test]
fn templates_name_only_existing_settings() {
    let rows = table();
    let of_others =
        OTHER_PROGRAMS.iter().flat_map(|(_, settings)| settings.iter().map(|setting| setting.name));
    let of_datadog = DATADOG_NAMES.iter().map(|setting| setting.name);
    let known: BTreeSet<_> = rows.iter().map(|row| name(row)).chain(of_others).chain(of_datadog).collect();
    let is_ours = |path: &String| {
        let kinds = [".yaml", ".tf", ".ts", ".py", ".hcl", ".toml", ".md"];
        kinds.iter().any(|kind| path.ends_with(kind))
            && !path.contains("/node_modules/")
            && !path.contains("/dist/")
    };
    let mut unknown = BTreeSet::new();
    for path in files("infra").into_iter().filter(is_ours) {
        let text = read(&path);
        let named = variable_names(&text).filter(|word| {
            PREFIXES.iter().any(|prefix| word.starts_with(prefix) && word.len() > prefix.len())
        });
        let ours = |word: &&str| !SCRIPT_VARIABLES.contains(word);
        // A word that ends in an underscore is a prefix, not a name.
        let whole = |word: &&str| !word.ends_with('_');
        unknown.extend(
            named
                .filter(ours)
                .filter(whole)
                .filter(|word| !known.contains(word))
                .map(|word| format!("{path}: {word}")),
        );
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn each_tool_sets_every_setting_that_is_not_deliberately_left_out() {
    let left_out = left_out();
    let rows = table();
    for (tool, paths) in TOOLS {
        let text: String = paths.iter().map(|path| read(path)).collect();
        let named: BTreeSet<_> = variable_names(&text).collect();
        let chosen = rows.iter().map(|row| name(row)).filter(|name| !name.starts_with(RESERVED_PREFIX));
        let missing: Vec<_> =
            chosen.filter(|name| !named.contains(name) && !left_out.contains(*name)).collect();
        assert!(missing.is_empty(), "{tool} does not set {missing:?}: run infra/generate.py");
        assert!(named.contains("TAILWATER_PARKING"), "{tool} does not set the parking location");
    }
}

#[test]
fn required_setting_has_no_default_in_any_tool() {
    let required: Vec<_> = table()
        .into_iter()
        .filter(|row| row.contains("has to be set"))
        .map(|row| name(&row).to_owned())
        .collect();
    assert_eq!(required, ["TAILWATER_SINKS"], "the only required setting");
    let template = read("infra/sam/template.yaml");
    let (_, parameter) = template.split_once("\n  Sinks:\n").expect("SAM has the parameter");
    let parameter: Vec<_> = parameter.lines().take_while(|line| line.starts_with("    ")).collect();
    assert!(!parameter.iter().any(|line| line.trim_start().starts_with("Default")), "{parameter:?}");
    let variables = read("infra/terraform/settings.tf");
    let (_, variable) = variables.split_once("variable \"sinks\" {").expect("Terraform has the variable");
    let (variable, _) = variable.split_once("\n}").expect("the block ends");
    assert!(!variable.contains("default"), "{variable}");
    assert!(read("infra/cdk/lib/settings.ts").contains("  readonly sinks: "), "CDK requires it");
}

/// Returns the lines below a line of a template that are indented more.
fn block<'t>(template: &'t str, head: &str) -> Vec<&'t str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = template.lines().skip_while(|line| *line != head).skip(1);
    let lines = std::iter::from_fn(|| lines.next().filter(|line| indent(line) > indent(head)));
    lines.collect()
}

/// Returns the environment variables of a template's function with their values.
fn environment(template: &str) -> Vec<(&str, &str)> {
    let own = |line: &&&str| line.starts_with("          ") && !line.starts_with("           ");
    let lines = block(template, "        Variables:");
    lines.iter().filter(own).filter_map(|line| line.trim().split_once(": ")).collect()
}

#[test]
fn subscriber_and_macro_templates_set_all_settings_of_their_programs() {
    for (path, settings) in OTHER_PROGRAMS {
        let template = read(path);
        let set: BTreeSet<_> = environment(&template).into_iter().map(|(name, _)| name).collect();
        let wanted = settings.iter().map(|setting| setting.name);
        let wanted =
            wanted.filter(|name| !name.starts_with(RESERVED_PREFIX) && !LEFT_OUT_BY_OTHERS.contains(name));
        assert_eq!(set, wanted.collect(), "{path}");
    }
}

#[test]
fn subscriber_and_macro_templates_require_the_required_settings() {
    for (path, settings) in OTHER_PROGRAMS {
        let template = read(path);
        let required: Vec<_> =
            settings.iter().filter(|setting| setting.doc.contains("has to be set")).collect();
        assert!(required.len() == 1 && required[0].default.is_none(), "{path}: {required:?}");
        let environment = environment(&template);
        let (_, value) =
            environment.iter().find(|(name, _)| *name == required[0].name).expect("the template sets it");
        let parameter = value.strip_prefix("!Ref ").expect("the value is a parameter");
        let parameter = block(&template, &format!("  {parameter}:"));
        assert!(
            parameter.iter().any(|line| line.trim_start().starts_with("Type: ")),
            "{path}: {parameter:?}"
        );
        assert!(
            !parameter.iter().any(|line| line.trim_start().starts_with("Default")),
            "{path}: {parameter:?}"
        );
    }
}

#[test]
fn subscriber_and_macro_templates_have_the_defaults_of_their_programs() {
    for (path, settings) in OTHER_PROGRAMS {
        let template = read(path);
        for (name, value) in environment(&template) {
            let setting =
                settings.iter().find(|setting| setting.name == name).expect("another test checks this");
            let parameter = value.strip_prefix("!Ref ").map(|name| block(&template, &format!("  {name}:")));
            let lines = parameter.into_iter().flatten();
            let default = lines.filter_map(|line| line.trim().strip_prefix("Default: ")).next();
            let default = default.map(|text| text.trim_matches('\'')).filter(|text| !text.is_empty());
            assert!(default.is_none() || default == setting.default, "{path}: {name} is {default:?}");
        }
    }
}

/// Returns the name that Prometheus's OTLP endpoint derives from name, unit and kind of a metric.
fn in_prometheus(name: &str, unit: &str, is_sum: bool) -> String {
    let suffix = match unit {
        "s" => "_seconds",
        "By" => "_bytes",
        "USD" => "_USD",
        _ => "",
    };
    let total = if is_sum { "_total" } else { "" };
    format!("{}{suffix}{total}", name.replace('.', "_"))
}

#[test]
fn alerts_query_existing_prometheus_metrics() {
    let names = read("forwarder/src/sink/otlp/names.rs");
    let field = |part: &str, field: &str| {
        let (_, value) = part.split_once(&format!("{field}: \"")).expect("a metric has the field");
        value.split('"').next().expect("the field is a string").to_owned()
    };
    let metrics: BTreeSet<_> = names
        .split("    MetricDefinition {")
        .skip(1)
        .map(|part| {
            in_prometheus(&field(part, "name"), &field(part, "unit"), !part.contains("instrument: Histogram"))
        })
        .collect();
    assert!(metrics.len() > 10 && metrics.contains("faas_invocations_total"), "{metrics:?}");
    let definition = read("infra/alerts/definition.yaml");
    let queried: BTreeSet<_> = definition
        .lines()
        .filter_map(|line| line.trim().strip_prefix("prometheus: "))
        .filter(|name| name.starts_with("faas_") || name.starts_with("aws_"))
        .map(str::to_owned)
        .collect();
    assert!(queried.len() > 5, "{queried:?}");
    assert_eq!(queried.difference(&metrics).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn alerts_query_existing_datadog_metrics() {
    let derived = read("parser/src/derive/metric.rs");
    let definition = read("infra/alerts/definition.yaml");
    let queried: Vec<_> = definition
        .lines()
        .filter_map(|line| line.trim().strip_prefix("datadog: aws.lambda.enhanced."))
        .collect();
    assert!(queried.len() > 5, "{queried:?}");
    let missing: Vec<_> = queried.iter().filter(|name| !derived.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn alerts_query_existing_metrics_of_the_program() {
    let names = read("forwarder/src/telemetry/names.rs");
    let definition = read("infra/alerts/definition.yaml");
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let queried: BTreeSet<_> =
        definition.split(|c| !is_part(c)).filter(|word| word.starts_with("tailwater_")).collect();
    assert!(queried.len() > 8, "{queried:?}");
    let missing: Vec<_> = queried.iter().filter(|name| !names.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
