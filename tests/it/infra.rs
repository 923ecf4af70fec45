//! Templates and programs agree: on the names of settings, on what has to be set, and on what metrics are called.

use std::collections::BTreeSet;

use tailwater_forwarder::settings::{MACRO_SETTINGS, SUBSCRIBER_SETTINGS, Setting};
use tests::{
    replay::Replay,
    source::{files, read},
};

/// How names of our settings begin.
const PREFIXES: &[&str] = &["TAILWATER_", "OTEL_", "DD_"];

/// Names that begin like settings of ours and are read by scripts: `sam build`'s and `infra/check`.
const OF_SCRIPTS: &[&str] = &["TAILWATER_ARTEFACTS", "TAILWATER_TERRAFORM_MIRROR"];

/// The programs beside the forwarder, each with its template and its settings.
const BESIDE: &[(&str, &[Setting])] = &[
    ("infra/sam/subscriber/template.yaml", SUBSCRIBER_SETTINGS),
    ("infra/sam/macro/template.yaml", MACRO_SETTINGS),
];

/// What their templates leave out: they speak to AWS alone, if to anybody, and are in no VPC.
const NOT_BESIDE: &[&str] = &["TAILWATER_ALLOW_INSECURE", "TAILWATER_CA_FILE", "HTTPS_PROXY", "NO_PROXY"];

/// Each tool with the files that hand settings to the function.
const TOOLS: &[(&str, &[&str])] = &[
    ("SAM", &["infra/sam/template.yaml"]),
    ("Terraform", &["infra/terraform/modules/plan/settings.tf", "infra/terraform/modules/plan/main.tf"]),
    ("CDK", &["infra/cdk/lib/settings.ts", "infra/cdk/lib/tailwater.ts"]),
];

/// The rows of `tailwater settings --markdown`.
fn table() -> Vec<String> {
    let listed = Replay::subcommand("settings").arg("--markdown").run().code(0).stdout;
    let rows: Vec<_> = listed.lines().skip(2).map(str::to_owned).collect();
    assert!(rows.len() > 20, "only {} settings", rows.len());
    rows
}

/// The name in a row's first cell.
fn name(row: &str) -> &str {
    row.split('`').nth(1).expect("a row begins with a name")
}

/// Every word of a text that is written like an environment variable.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.split(move |c: char| !is_part(c)).filter(|word| word.len() > 3)
}

/// What Lambda sets itself and refuses to be told begins with this.
const LAMBDAS_OWN: &str = "AWS_";

/// What templates leave to themselves or to others, with a reason beside each.
fn left_out() -> BTreeSet<String> {
    let generator = read("infra/generator/settings.py");
    let (_, list) = generator.split_once("NO_PARAMETER = {").expect("the generator has a list");
    let (list, _) = list.split_once('}').expect("the list ends");
    list.split('"').filter(|text| words(text).next() == Some(text)).map(str::to_owned).collect()
}

#[test]
fn no_template_names_a_setting_that_does_not_exist() {
    let rows = table();
    let beside = BESIDE.iter().flat_map(|(_, settings)| settings.iter().map(|setting| setting.name));
    let known: BTreeSet<_> = rows.iter().map(|row| name(row)).chain(beside).collect();
    let is_ours = |path: &String| {
        let kinds = [".yaml", ".tf", ".ts", ".py", ".hcl", ".toml", ".md"];
        kinds.iter().any(|kind| path.ends_with(kind))
            && !path.contains("/node_modules/")
            && !path.contains("/dist/")
    };
    let mut unknown = BTreeSet::new();
    for path in files("infra").into_iter().filter(is_ours) {
        let text = read(&path);
        let named = words(&text).filter(|word| {
            PREFIXES.iter().any(|prefix| word.starts_with(prefix) && word.len() > prefix.len())
        });
        let ours = |word: &&str| !OF_SCRIPTS.contains(word);
        // A prefix that stands alone, or a word that goes on in another way, is no name.
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
fn every_tool_hands_over_every_setting_that_is_not_left_out_for_a_reason() {
    let left_out = left_out();
    let rows = table();
    for (tool, paths) in TOOLS {
        let text: String = paths.iter().map(|path| read(path)).collect();
        let named: BTreeSet<_> = words(&text).collect();
        let chosen = rows.iter().map(|row| name(row)).filter(|name| !name.starts_with(LAMBDAS_OWN));
        let missing: Vec<_> =
            chosen.filter(|name| !named.contains(name) && !left_out.contains(*name)).collect();
        assert!(missing.is_empty(), "{tool} lacks {missing:?}: run infra/generate.py");
        assert!(named.contains("TAILWATER_PARKING"), "{tool} does not park");
    }
}

#[test]
fn what_has_to_be_set_has_no_default_in_any_tool() {
    let required: Vec<_> = table()
        .into_iter()
        .filter(|row| row.contains("has to be set"))
        .map(|row| name(&row).to_owned())
        .collect();
    assert_eq!(required, ["TAILWATER_SINKS"], "the tools below ask for this one");
    let template = read("infra/sam/template.yaml");
    let (_, parameter) = template.split_once("\n  Sinks:\n").expect("SAM asks for it");
    let parameter: Vec<_> = parameter.lines().take_while(|line| line.starts_with("    ")).collect();
    assert!(!parameter.iter().any(|line| line.trim_start().starts_with("Default")), "{parameter:?}");
    let variables = read("infra/terraform/settings.tf");
    let (_, variable) = variables.split_once("variable \"sinks\" {").expect("Terraform asks for it");
    let (variable, _) = variable.split_once("\n}").expect("it ends");
    assert!(!variable.contains("default"), "{variable}");
    assert!(read("infra/cdk/lib/settings.ts").contains("  readonly sinks: "), "CDK asks for it");
}

/// A template's block below this line: what follows it and is indented more.
fn block<'t>(template: &'t str, head: &str) -> Vec<&'t str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = template.lines().skip_while(|line| *line != head).skip(1);
    let lines = std::iter::from_fn(|| lines.next().filter(|line| indent(line) > indent(head)));
    lines.collect()
}

/// What the function of a template is told: the names of its variables, with what they are set to.
fn environment(template: &str) -> Vec<(&str, &str)> {
    let own = |line: &&&str| line.starts_with("          ") && !line.starts_with("           ");
    let lines = block(template, "        Variables:");
    lines.iter().filter(own).filter_map(|line| line.trim().split_once(": ")).collect()
}

#[test]
fn the_subscriber_and_the_macro_are_told_all_that_they_know_and_nothing_else() {
    for (path, settings) in BESIDE {
        let template = read(path);
        let told: BTreeSet<_> = environment(&template).into_iter().map(|(name, _)| name).collect();
        let wanted = settings.iter().map(|setting| setting.name);
        let wanted = wanted.filter(|name| !name.starts_with(LAMBDAS_OWN) && !NOT_BESIDE.contains(name));
        assert_eq!(told, wanted.collect(), "{path}");
    }
}

#[test]
fn the_subscriber_and_the_macro_ask_for_what_they_need() {
    for (path, settings) in BESIDE {
        let template = read(path);
        let required: Vec<_> =
            settings.iter().filter(|setting| setting.doc.contains("has to be set")).collect();
        assert!(required.len() == 1 && required[0].default.is_none(), "{path}: {required:?}");
        let environment = environment(&template);
        let (_, value) = environment.iter().find(|(name, _)| *name == required[0].name).expect("it is told");
        let parameter = value.strip_prefix("!Ref ").expect("it is a parameter");
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
fn the_subscriber_and_the_macro_have_the_same_defaults_in_their_templates() {
    for (path, settings) in BESIDE {
        let template = read(path);
        for (name, value) in environment(&template) {
            let setting = settings.iter().find(|setting| setting.name == name).expect("another test says so");
            let parameter = value.strip_prefix("!Ref ").map(|name| block(&template, &format!("  {name}:")));
            let lines = parameter.into_iter().flatten();
            let default = lines.filter_map(|line| line.trim().strip_prefix("Default: ")).next();
            let default = default.map(|text| text.trim_matches('\'')).filter(|text| !text.is_empty());
            assert!(default.is_none() || default == setting.default, "{path}: {name} is {default:?}");
        }
    }
}

/// What Prometheus's OTLP endpoint makes of a metric's name, unit and kind.
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
fn alerts_ask_prometheus_for_metrics_that_there_are() {
    let names = read("forwarder/src/sink/otlp/names.rs");
    let field = |part: &str, field: &str| {
        let (_, value) = part.split_once(&format!("{field}: \"")).expect("a metric says it");
        value.split('"').next().expect("it is a text").to_owned()
    };
    let metrics: BTreeSet<_> = names
        .split("    Named {")
        .skip(1)
        .map(|part| {
            in_prometheus(&field(part, "name"), &field(part, "unit"), !part.contains("instrument: Spread"))
        })
        .collect();
    assert!(metrics.len() > 10 && metrics.contains("faas_invocations_total"), "{metrics:?}");
    let definition = read("infra/alerts/definition.yaml");
    let asked: BTreeSet<_> = definition
        .lines()
        .filter_map(|line| line.trim().strip_prefix("prometheus: "))
        .filter(|name| name.starts_with("faas_") || name.starts_with("aws_"))
        .map(str::to_owned)
        .collect();
    assert!(asked.len() > 5, "{asked:?}");
    assert_eq!(asked.difference(&metrics).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn alerts_ask_datadog_for_metrics_that_there_are() {
    let derived = read("parser/src/derive/metric.rs");
    let definition = read("infra/alerts/definition.yaml");
    let asked: Vec<_> = definition
        .lines()
        .filter_map(|line| line.trim().strip_prefix("datadog: aws.lambda.enhanced."))
        .collect();
    assert!(asked.len() > 5, "{asked:?}");
    let missing: Vec<_> = asked.iter().filter(|name| !derived.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn alerts_ask_for_metrics_of_our_own_that_there_are() {
    let names = read("forwarder/src/telemetry/names.rs");
    let definition = read("infra/alerts/definition.yaml");
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let asked: BTreeSet<_> =
        definition.split(|c| !is_part(c)).filter(|word| word.starts_with("tailwater_")).collect();
    assert!(asked.len() > 8, "{asked:?}");
    let missing: Vec<_> = asked.iter().filter(|name| !names.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
