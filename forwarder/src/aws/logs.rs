//! CloudWatch Logs API: log groups, their tags and their subscription filters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{AwsClient, Error, Service, client::ApiRequest};

const SERVICE: Service = Service::Logs;

/// Client of CloudWatch Logs in one account and region.
#[derive(Clone, Debug)]
pub struct Logs {
    client: AwsClient,
}

/// Log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// Name.
    pub name: String,
    /// ARN without the `:*` at its end. The API for tags expects this form.
    pub arn: String,
    /// Log class: `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: Option<String>,
}

/// One page of a list of log groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroupPage {
    /// Log groups, sorted by name.
    pub groups: Vec<LogGroup>,
    /// Token of the next page; `None` on the last page.
    pub next_token: Option<String>,
}

/// Subscription filter of a log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// Name, unique within the log group.
    pub name: String,
    /// Pattern of the events to forward; empty for all events.
    pub pattern: String,
    /// ARN of the function or stream that receives the events.
    pub destination_arn: String,
    /// Role that CloudWatch Logs assumes to write to a stream; `None` if the destination is a function.
    pub role_arn: Option<String>,
}

impl Logs {
    /// Creates a client. It sends nothing yet.
    #[must_use]
    pub fn new(client: AwsClient) -> Self {
        Self { client }
    }

    /// Returns one page of the log groups whose names start with `prefix`. `next_token` is that of the page before,
    /// `None` for the first page.
    ///
    /// # Errors
    /// Returns an error if the request fails or its response is invalid.
    pub async fn log_groups(&self, prefix: &str, next_token: Option<&str>) -> Result<LogGroupPage, Error> {
        let mut body = json!({"limit": 50});
        put(&mut body, "logGroupNamePrefix", Some(prefix).filter(|prefix| !prefix.is_empty()));
        put(&mut body, "nextToken", next_token);
        let response = self.call("DescribeLogGroups", body).await?;
        let groups = list(&response, "logGroups").iter().map(LogGroup::read).collect::<Option<_>>();
        let next_token = text(&response, "nextToken");
        Ok(LogGroupPage { groups: groups.ok_or(Error::InvalidResponse(SERVICE))?, next_token })
    }

    /// Returns the tags of a log group.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, Error> {
        let response = self.call("ListTagsForResource", json!({"resourceArn": arn})).await?;
        let tags = response.get("tags").and_then(Value::as_object).into_iter().flatten();
        Ok(tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect())
    }

    /// Returns the subscription filters of a log group. A log group has at most two, so all fit in one page.
    ///
    /// # Errors
    /// Returns an error if the request fails or its response is invalid.
    pub async fn subscription_filters(&self, group: &str) -> Result<Vec<SubscriptionFilter>, Error> {
        let response = self.call("DescribeSubscriptionFilters", json!({"logGroupName": group})).await?;
        let filters = list(&response, "subscriptionFilters").iter().map(SubscriptionFilter::read);
        filters.collect::<Option<_>>().ok_or(Error::InvalidResponse(SERVICE))
    }

    /// Creates a subscription filter, or replaces the filter of the log group with the same name.
    ///
    /// # Errors
    /// Returns an error if the request fails: for example, the log group has two other filters already, or
    /// CloudWatch Logs is not allowed to write to the destination.
    pub async fn put_subscription_filter(
        &self,
        group: &str,
        filter: &SubscriptionFilter,
    ) -> Result<(), Error> {
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
        let within = self.client.within;
        let request = ApiRequest { service: SERVICE, region: None, url: None, target: &target, body, within };
        self.client.call(request).await
    }
}

impl LogGroup {
    fn read(value: &Value) -> Option<Self> {
        // `arn` ends with `:*`, which the tagging API rejects; `logGroupArn` does not, but older responses lack it.
        let arn = text(value, "logGroupArn").or_else(|| text(value, "arn"))?;
        let arn = arn.strip_suffix(":*").unwrap_or(&arn).to_owned();
        Some(Self { name: text(value, "logGroupName")?, arn, class: text(value, "logGroupClass") })
    }
}

impl SubscriptionFilter {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            name: text(value, "filterName")?,
            pattern: text(value, "filterPattern").unwrap_or_default(),
            destination_arn: text(value, "destinationArn")?,
            role_arn: text(value, "roleArn"),
        })
    }
}

/// Adds a member to a JSON object, unless `text` is `None`.
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
