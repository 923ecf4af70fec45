//! Adds to a template what its functions lack: a log group with retention, JSON logs, a subscription.

use serde_json::{Map, Value, json};

use super::{Options, name::Name};

type Object = Map<String, Value>;

const FUNCTION: &str = "AWS::Lambda::Function";
const SAM_FUNCTION: &str = "AWS::Serverless::Function";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";
const FILTER: &str = "AWS::Logs::SubscriptionFilter";

/// What subscriptions are called, here and by the subscriber.
const FILTER_NAME: &str = "tailwater";

/// A log group can have no more subscriptions.
const FILTERS: usize = 2;

/// Subscribes every function of a template, or of a map of resources.
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
        if !is_left_alone(resources, &id, options) {
            subscribe_function(resources, &id, &globals, options);
        }
    }
}

fn kind(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

fn is_function(resource: &Value) -> bool {
    matches!(kind(resource), FUNCTION | SAM_FUNCTION)
}

/// Whether a function is not to be subscribed: the template says `Metadata: {Tailwater: false}`, or it is what the logs
/// go to, which would feed itself.
fn is_left_alone(resources: &Object, id: &str, options: &Options) -> bool {
    let says_no = property(resources, id, &["Metadata", "Tailwater"]).is_some_and(|switch| {
        switch.as_bool() == Some(false)
            || switch.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"))
    });
    says_no || is_destination(resources, id, &options.destination_arn)
}

fn is_destination(resources: &Object, id: &str, destination: &Value) -> bool {
    let own_arn = [json!({"Fn::GetAtt": [id, "Arn"]}), json!({"Fn::GetAtt": format!("{id}.Arn")})];
    let by_sub = Name::of_ref(&format!("{id}.Arn"));
    if own_arn.contains(destination) || Name::read(destination) == by_sub {
        return true;
    }
    let name = property(resources, id, &["Properties", "FunctionName"]).and_then(Value::as_str);
    let destination = destination.as_str().unwrap_or_default();
    name.is_some_and(|name| {
        destination.split(":function:").nth(1).is_some_and(|to| to.split(':').next() == Some(name))
    })
}

fn property<'t>(resources: &'t Object, id: &str, path: &[&str]) -> Option<&'t Value> {
    path.iter().try_fold(resources.get(id)?, |value, name| value.get(name))
}

/// Where a function's logs go, as far as its template tells.
enum Group {
    /// To a log group of the template.
    Here(String),
    /// To one that is not in the template, of this name.
    Elsewhere(Value),
    /// To the one that Lambda makes itself.
    None,
    /// That is computed.
    Unknown,
}

fn subscribe_function(resources: &mut Object, id: &str, globals: &Value, options: &Options) {
    let group = match group_of(resources, id, globals) {
        Group::Unknown => return,
        Group::Here(group) => json!({"Ref": group}),
        Group::Elsewhere(name) => name,
        Group::None => add_group(resources, id, options),
    };
    set_format(resources, id, globals, options);
    if has_room(resources, &group, options) {
        add_filter(resources, id, &group, options);
    }
}

fn group_of(resources: &Object, id: &str, globals: &Value) -> Group {
    let own = property(resources, id, &["Properties", "LoggingConfig"]);
    let of_all = globals.get("LoggingConfig");
    if [own, of_all].into_iter().flatten().any(is_conditional) {
        return Group::Unknown;
    }
    let group = own.and_then(|own| own.get("LogGroup")).or_else(|| of_all?.get("LogGroup"));
    let Some(group) = group else {
        return named_after(resources, id).map_or(Group::None, Group::Here);
    };
    if is_conditional(group) {
        return Group::Unknown;
    }
    here(resources, &Name::read(group)).map_or_else(|| Group::Elsewhere(group.clone()), Group::Here)
}

/// It may turn out to be nothing at all.
fn is_conditional(value: &Value) -> bool {
    value.get("Fn::If").is_some() || value.get("Fn::Transform").is_some()
}

/// The log group of the template that has the name Lambda would give: `/aws/lambda/` and the function's.
fn named_after(resources: &Object, id: &str) -> Option<String> {
    const BEFORE: &str = "/aws/lambda/";
    let by_ref = Name::of_ref(id).behind(BEFORE);
    let by_name =
        property(resources, id, &["Properties", "FunctionName"]).map(|name| Name::read(name).behind(BEFORE));
    groups(resources)
        .find(|(_, name)| *name == by_ref || Some(name) == by_name.as_ref())
        .map(|(group, _)| group.to_owned())
}

/// The log groups of the template by logical id, with their names.
fn groups(resources: &Object) -> impl Iterator<Item = (&str, Name)> {
    let groups = resources.iter().filter(|(_, resource)| kind(resource) == LOG_GROUP);
    groups.filter_map(|(id, _)| {
        let name = property(resources, id, &["Properties", "LogGroupName"])?;
        Some((id.as_str(), Name::read(name)))
    })
}

/// The log group of the template that a name is of.
fn here(resources: &Object, name: &Name) -> Option<String> {
    if let Some(id) = name.as_ref().filter(|id| resources.get(*id).map(kind) == Some(LOG_GROUP)) {
        return Some(id.to_owned());
    }
    groups(resources).find(|(_, own)| own == name).map(|(id, _)| id.to_owned())
}

/// Adds a log group for a function, and has the function write there.
///
/// Not under the name that Lambda would give it: in a stack that is deployed already that one is there, and belongs to
/// nobody. The function's name is in the names of the streams.
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

fn set_format(resources: &mut Object, id: &str, globals: &Value, options: &Options) {
    let own = property(resources, id, &["Properties", "LoggingConfig", "LogFormat"]);
    let is_said =
        own.is_some() || globals.get("LoggingConfig").is_some_and(|all| all.get("LogFormat").is_some());
    // Text is what Lambda writes anyway.
    if !is_said && options.log_format != "Text" {
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

/// The member of this name, made where it is missing.
fn entry<'t>(value: &'t mut Value, name: &str) -> Option<&'t mut Value> {
    Some(value.as_object_mut()?.entry(name).or_insert_with(|| json!({})))
}

/// Whether a log group can be given our subscription: none of its own goes there already, and a place is free.
fn has_room(resources: &Object, group: &Value, options: &Options) -> bool {
    let same_group = |filter: &&Value| {
        let of = filter.get("Properties").and_then(|properties| properties.get("LogGroupName"));
        of.is_some_and(|of| is_same_group(resources, &Name::read(of), &Name::read(group)))
    };
    let filters = resources.values().filter(|resource| kind(resource) == FILTER).filter(same_group);
    let filters: Vec<_> = filters.collect();
    let is_ours = |filter: &&Value| {
        let member = |name| filter.get("Properties").and_then(|properties| properties.get(name));
        member("DestinationArn") == Some(&options.destination_arn)
            || member("FilterName").and_then(Value::as_str) == Some(FILTER_NAME)
    };
    filters.len() < FILTERS && !filters.iter().any(is_ours)
}

fn is_same_group(resources: &Object, one: &Name, other: &Name) -> bool {
    one == other || here(resources, one).is_some_and(|id| Some(id) == here(resources, other))
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
    // A log group that is not in the template is there whether the function is or not.
    if let Some(group) = here(resources, &Name::read(group)) {
        copy_condition(resources, &group, &mut resource);
    }
    resources.insert(filter, resource);
}

/// Where `of` is made on a condition only, `resource` is, too.
fn copy_condition(resources: &Object, of: &str, resource: &mut Value) {
    let condition = property(resources, of, &["Condition"]).cloned();
    if let (Some(condition), Some(resource)) = (condition, resource.as_object_mut()) {
        resource.insert("Condition".to_owned(), condition);
    }
}

/// A logical id that nothing has.
fn free_id(resources: &Object, wanted: &str) -> String {
    let numbered = (2_u32..).map(|n| format!("{wanted}{n}"));
    let mut ids = std::iter::once(wanted.to_owned()).chain(numbered);
    ids.find(|id| !resources.contains_key(id)).unwrap_or_else(|| wanted.to_owned())
}
