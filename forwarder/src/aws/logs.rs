//! CloudWatch Logs: log groups, their tags, and their subscriptions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{AwsClient, Error, Service, client::ApiRequest};

const SERVICE: Service = Service::Logs;

/// CloudWatch Logs of one account and region.
#[derive(Clone, Debug)]
pub struct Logs {
    access: AwsClient,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// What names it to other calls.
    pub arn: String,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`, where it is told.
    pub class: Option<String>,
}

/// Some log groups, and what asks for the next ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Log groups by name.
    pub groups: Vec<LogGroup>,
    /// None behind the last.
    pub next: Option<String>,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Its name, which is its own within its log group.
    pub name: String,
    /// Which events it takes; an empty pattern takes all.
    pub pattern: String,
    /// Where it takes them.
    pub destination_arn: String,
    /// With what it is allowed to, if the destination is a stream.
    pub role_arn: Option<String>,
}

impl Logs {
    /// Nothing is sent.
    #[must_use]
    pub fn new(access: AwsClient) -> Self {
        Self { access }
    }

    /// Log groups whose names begin so; `next` is what the page before said.
    ///
    /// # Errors
    /// When CloudWatch Logs does not tell.
    pub async fn groups(&self, beginning: &str, next: Option<&str>) -> Result<Page, Error> {
        let mut body = json!({"limit": 50});
        put(&mut body, "logGroupNamePrefix", Some(beginning).filter(|beginning| !beginning.is_empty()));
        put(&mut body, "nextToken", next);
        let answer = self.call("DescribeLogGroups", body).await?;
        let groups = list(&answer, "logGroups").iter().map(LogGroup::read).collect::<Option<_>>();
        Ok(Page { groups: groups.ok_or(Error::Unreadable(SERVICE))?, next: text(&answer, "nextToken") })
    }

    /// The tags of a log group.
    ///
    /// # Errors
    /// When CloudWatch Logs does not tell.
    pub async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, Error> {
        let answer = self.call("ListTagsForResource", json!({"resourceArn": arn})).await?;
        let tags = answer.get("tags").and_then(Value::as_object).into_iter().flatten();
        Ok(tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect())
    }

    /// The subscriptions of a log group: there are never more than one page has.
    ///
    /// # Errors
    /// When CloudWatch Logs does not tell.
    pub async fn filters(&self, group: &str) -> Result<Vec<Filter>, Error> {
        let answer = self.call("DescribeSubscriptionFilters", json!({"logGroupName": group})).await?;
        let filters = list(&answer, "subscriptionFilters").iter().map(Filter::read);
        filters.collect::<Option<_>>().ok_or(Error::Unreadable(SERVICE))
    }

    /// Adds a subscription, or changes the one of its name.
    ///
    /// # Errors
    /// When CloudWatch Logs refuses: there are two others, or it may not write to the destination.
    pub async fn put_filter(&self, group: &str, filter: &Filter) -> Result<(), Error> {
        let mut body = json!({
            "logGroupName": group,
            "filterName": filter.name,
            "filterPattern": filter.pattern,
            "destinationArn": filter.destination_arn,
        });
        put(&mut body, "roleArn", filter.role_arn.as_deref());
        self.call("PutSubscriptionFilter", body).await.map(drop)
    }

    async fn call(&self, action: &str, body: Value) -> Result<Value, Error> {
        let target = format!("Logs_20140328.{action}");
        let call = ApiRequest {
            service: SERVICE,
            region: None,
            address: None,
            target: &target,
            body,
            within: self.access.within,
        };
        self.access.call(call).await
    }
}

impl LogGroup {
    fn read(value: &Value) -> Option<Self> {
        // `arn` ends with `:*`, which calls about tags do not take; `logGroupArn` is the same without, but newer.
        let arn = text(value, "logGroupArn").or_else(|| text(value, "arn"))?;
        let arn = arn.strip_suffix(":*").unwrap_or(&arn).to_owned();
        Some(Self { name: text(value, "logGroupName")?, arn, class: text(value, "logGroupClass") })
    }
}

impl Filter {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            name: text(value, "filterName")?,
            pattern: text(value, "filterPattern").unwrap_or_default(),
            destination_arn: text(value, "destinationArn")?,
            role_arn: text(value, "roleArn"),
        })
    }
}

fn put(body: &mut Value, member: &str, text: Option<&str>) {
    if let (Some(members), Some(text)) = (body.as_object_mut(), text) {
        members.insert(member.to_owned(), text.into());
    }
}

fn text(value: &Value, member: &str) -> Option<String> {
    value.get(member)?.as_str().map(str::to_owned)
}

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
