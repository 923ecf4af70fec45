//! Transformation of a template: adds a log group with retention, JSON logs and a subscription filter to its functions.

use serde_json::{Map, Value, json};

use super::{name::Name, options::Options};

type Object = Map<String, Value>;

const FUNCTION: &str = "AWS::Lambda::Function";
const SAM_FUNCTION: &str = "AWS::Serverless::Function";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";
const FILTER: &str = "AWS::Logs::SubscriptionFilter";

/// Name of the subscription filters that the macro adds. The subscriber has the same default.
const FILTER_NAME: &str = "tailwater";

/// Maximum number of subscription filters of a log group, a quota of CloudWatch Logs.
const MAX_FILTERS: usize = 2;

/// Transforms every function of a template, or of a JSON object of resources by logical id.
pub(super) fn subscribe(template: &mut Value, options: &Options) {
    let globals = template.get("Globals").and_then(|globals| globals.get("Function")).cloned();
    let resources = match template.get_mut("Resources") {
        Some(resources) => resources.as_object_mut(),
        None => template.as_object_mut(),
    };
    let Some(resources) = resources else { return };
    let globals = globals.unwrap_or_default();
    let functions: Vec<_> =
        resources.iter().filter(|(_, resource)| is_function(resource)).map(|(id, _)| id.clone()).collect();
    for id in functions {
        if !is_excluded(resources, &id, options) {
            subscribe_function(resources, &id, &globals, options);
        }
    }
}

fn resource_type(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

fn is_function(resource: &Value) -> bool {
    matches!(resource_type(resource), FUNCTION | SAM_FUNCTION)
}

/// True if a function must not be changed: it has `Metadata: {Tailwater: false}`, or it is the destination of the
/// filters, whose own logs would cause an endless loop.
fn is_excluded(resources: &Object, id: &str, options: &Options) -> bool {
    let is_switched_off = property(resources, id, &["Metadata", "Tailwater"]).is_some_and(|switch| {
        switch.as_bool() == Some(false)
            || switch.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"))
    });
    is_switched_off || is_destination(resources, id, &options.destination_arn)
}

/// True if a function is the destination of the filters, as far as the template shows it.
fn is_destination(resources: &Object, id: &str, destination: &Value) -> bool {
    let by_get_att = [json!({"Fn::GetAtt": [id, "Arn"]}), json!({"Fn::GetAtt": format!("{id}.Arn")})];
    let by_sub = Name::from_ref(&format!("{id}.Arn"));
    if by_get_att.contains(destination) || Name::read(destination) == by_sub {
        return true;
    }
    let name = property(resources, id, &["Properties", "FunctionName"]).and_then(Value::as_str);
    let destination = destination.as_str().unwrap_or_default();
    name.is_some_and(|name| {
        destination.split(":function:").nth(1).is_some_and(|rest| rest.split(':').next() == Some(name))
    })
}

/// Returns the value inside the resource `id` that a path of member names leads to.
fn property<'t>(resources: &'t Object, id: &str, path: &[&str]) -> Option<&'t Value> {
    path.iter().try_fold(resources.get(id)?, |value, name| value.get(name))
}

/// Log group that a function writes to, as far as the template determines it.
enum Group {
    /// A log group of the template, by its logical id.
    InTemplate(String),
    /// A log group outside the template, by its name.
    External(Value),
    /// Default log group of the function, which Lambda creates itself.
    Default,
    /// The log group is not known before deployment.
    Unknown,
}

fn subscribe_function(resources: &mut Object, id: &str, globals: &Value, options: &Options) {
    let group = match log_group_of(resources, id, globals) {
        Group::Unknown => return,
        Group::InTemplate(group) => json!({"Ref": group}),
        Group::External(name) => name,
        Group::Default => add_group(resources, id, options),
    };
    set_format(resources, id, globals, options);
    if needs_filter(resources, &group, options) {
        add_filter(resources, id, &group, options);
    }
}

/// Returns the log group of a function, from the `LoggingConfig` of the function or of the section `Globals`.
fn log_group_of(resources: &Object, id: &str, globals: &Value) -> Group {
    let own = property(resources, id, &["Properties", "LoggingConfig"]);
    let global = globals.get("LoggingConfig");
    if [own, global].into_iter().flatten().any(is_conditional) {
        return Group::Unknown;
    }
    let group = own.and_then(|own| own.get("LogGroup")).or_else(|| global?.get("LogGroup"));
    let Some(group) = group else {
        return find_default(resources, id).map_or(Group::Default, Group::InTemplate);
    };
    if is_conditional(group) {
        return Group::Unknown;
    }
    find_group(resources, &Name::read(group))
        .map_or_else(|| Group::External(group.clone()), Group::InTemplate)
}

/// True if a value depends on a condition or a transformation, and so may be absent after deployment.
fn is_conditional(value: &Value) -> bool {
    value.get("Fn::If").is_some() || value.get("Fn::Transform").is_some()
}

/// Finds the log group in the template whose name is the default for a function, `/aws/lambda/FUNCTION`. Returns the
/// logical id of the log group.
fn find_default(resources: &Object, id: &str) -> Option<String> {
    const PREFIX: &str = "/aws/lambda/";
    let by_ref = Name::from_ref(id).with_prefix(PREFIX);
    let by_name = property(resources, id, &["Properties", "FunctionName"])
        .map(|name| Name::read(name).with_prefix(PREFIX));
    groups(resources)
        .find(|(_, name)| *name == by_ref || Some(name) == by_name.as_ref())
        .map(|(group, _)| group.to_owned())
}

/// Returns logical id and name of each log group in the template.
fn groups(resources: &Object) -> impl Iterator<Item = (&str, Name)> {
    let groups = resources.iter().filter(|(_, resource)| resource_type(resource) == LOG_GROUP);
    groups.filter_map(|(id, _)| {
        let name = property(resources, id, &["Properties", "LogGroupName"])?;
        Some((id.as_str(), Name::read(name)))
    })
}

/// Finds the log group in the template that has this name or that this name refers to by a `Ref`. Returns its
/// logical id.
fn find_group(resources: &Object, name: &Name) -> Option<String> {
    if let Some(id) = name.as_ref().filter(|id| resources.get(*id).map(resource_type) == Some(LOG_GROUP)) {
        return Some(id.to_owned());
    }
    groups(resources).find(|(_, own)| own == name).map(|(id, _)| id.to_owned())
}

/// Adds a log group and makes the function write to it. Returns a reference to the log group.
///
/// The log group does not get the default name: if the stack is deployed already, Lambda has created the log group
/// with that name outside the stack, and the deployment would fail.
fn add_group(resources: &mut Object, id: &str, options: &Options) -> Value {
    let group = free_id(resources, &format!("{id}Logs"));
    let mut resource = json!({
        "Type": LOG_GROUP,
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "LogGroupName": {"Fn::Sub": format!("/aws/lambda/${{AWS::StackName}}/{id}")},
            "RetentionInDays": options.retention_days,
        },
    });
    copy_condition(resources, id, &mut resource);
    resources.insert(group.clone(), resource);
    set_logging(resources, id, "LogGroup", json!({"Ref": group}));
    json!({"Ref": group})
}

/// Sets the log format of a function, unless the template sets it.
fn set_format(resources: &mut Object, id: &str, globals: &Value, options: &Options) {
    let own = property(resources, id, &["Properties", "LoggingConfig", "LogFormat"]);
    let is_set =
        own.is_some() || globals.get("LoggingConfig").is_some_and(|all| all.get("LogFormat").is_some());
    // Text is Lambda's default.
    if !is_set && options.log_format != "Text" {
        set_logging(resources, id, "LogFormat", options.log_format.clone());
    }
}

fn set_logging(resources: &mut Object, id: &str, member: &str, value: Value) {
    let properties = resources.get_mut(id).and_then(|function| entry(function, "Properties"));
    let logging = properties.and_then(|properties| entry(properties, "LoggingConfig"));
    if let Some(logging) = logging.and_then(Value::as_object_mut) {
        logging.insert(member.to_owned(), value);
    }
}

/// Returns a member of a JSON object. If it is missing, it is added as an empty JSON object.
fn entry<'t>(value: &'t mut Value, name: &str) -> Option<&'t mut Value> {
    Some(value.as_object_mut()?.entry(name).or_insert_with(|| json!({})))
}

/// True if a log group needs a filter: in the template, it has none with the macro's name or destination, and fewer
/// than its quota allows.
fn needs_filter(resources: &Object, group: &Value, options: &Options) -> bool {
    let same_group = |filter: &&Value| {
        let name = filter.get("Properties").and_then(|properties| properties.get("LogGroupName"));
        name.is_some_and(|name| is_same_group(resources, &Name::read(name), &Name::read(group)))
    };
    let filters = resources.values().filter(|resource| resource_type(resource) == FILTER).filter(same_group);
    let filters: Vec<_> = filters.collect();
    let is_ours = |filter: &&Value| {
        let member = |name| filter.get("Properties").and_then(|properties| properties.get(name));
        member("DestinationArn") == Some(&options.destination_arn)
            || member("FilterName").and_then(Value::as_str) == Some(FILTER_NAME)
    };
    filters.len() < MAX_FILTERS && !filters.iter().any(is_ours)
}

fn is_same_group(resources: &Object, one: &Name, other: &Name) -> bool {
    one == other || find_group(resources, one).is_some_and(|id| Some(id) == find_group(resources, other))
}

fn add_filter(resources: &mut Object, id: &str, group: &Value, options: &Options) {
    let filter = free_id(resources, &format!("{id}Subscription"));
    let mut resource = json!({
        "Type": FILTER,
        "Properties": {
            "FilterName": FILTER_NAME,
            "LogGroupName": group,
            "DestinationArn": options.destination_arn,
            "FilterPattern": options.filter_pattern,
        },
    });
    if let (Some(role), Some(properties)) =
        (&options.role_arn, entry(&mut resource, "Properties").and_then(Value::as_object_mut))
    {
        properties.insert("RoleArn".to_owned(), role.clone());
    }
    // A log group outside the template does not depend on the function's condition.
    if let Some(group) = find_group(resources, &Name::read(group)) {
        copy_condition(resources, &group, &mut resource);
    }
    resources.insert(filter, resource);
}

/// Copies the `Condition` of the resource `id`, if it has one, to `resource`.
fn copy_condition(resources: &Object, id: &str, resource: &mut Value) {
    let condition = property(resources, id, &["Condition"]).cloned();
    if let (Some(condition), Some(resource)) = (condition, resource.as_object_mut()) {
        resource.insert("Condition".to_owned(), condition);
    }
}

/// Returns a logical id that the template does not use: `wanted`, or `wanted` with a number appended.
fn free_id(resources: &Object, wanted: &str) -> String {
    let numbered = (2_u32..).map(|n| format!("{wanted}{n}"));
    let mut ids = std::iter::once(wanted.to_owned()).chain(numbered);
    ids.find(|id| !resources.contains_key(id)).unwrap_or_else(|| wanted.to_owned())
}
