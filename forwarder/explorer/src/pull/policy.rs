//! IAM policy with the rights that a pull needs.

use serde_json::{Value, json};

use super::operation::Operation;

/// Features of a pull that need rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope<'s> {
    /// Patterns of the log groups; empty for those of all functions.
    pub groups: &'s [String],
    /// Roles that are assumed.
    pub roles: &'s [String],
    /// True if metrics are read.
    pub metrics: bool,
    /// True if events are read by a Logs Insights query.
    pub query: bool,
}

/// Returns the policy as JSON. With roles it is the policy of each role; the user then needs the last statement only.
#[must_use]
pub fn policy(scope: Scope<'_>) -> Value {
    let default = ["/aws/lambda/*".to_owned()];
    let groups = if scope.groups.is_empty() { &default } else { scope.groups };
    // `?` and `*` mean the same in policies; of a character class only the text before it can be stated.
    let resource = |pattern: &String| {
        let (before, has_class) =
            pattern.split_once('[').map_or((pattern.as_str(), false), |(text, _)| (text, true));
        format!("arn:*:logs:*:*:log-group:{before}{}:*", if has_class { "*" } else { "" })
    };
    let read: Vec<_> = groups.iter().map(resource).collect();
    let lists = [Operation::DescribeLogGroups, Operation::ListFunctions, Operation::GetResources];
    let lists = lists.map(Operation::action);
    let by = if scope.query { Operation::StartQuery } else { Operation::FilterLogEvents };
    let mut statements = vec![
        json!({"Sid": "ListsOfAllResources", "Effect": "Allow", "Action": lists, "Resource": "*"}),
        json!({"Sid": "ReadLogs", "Effect": "Allow", "Action": by.action(), "Resource": read}),
    ];
    if scope.query {
        // The results belong to the query, not to a log group.
        let action = Operation::GetQueryResults.action();
        statements.push(json!({"Sid": "ReadResults", "Effect": "Allow", "Action": action, "Resource": "*"}));
    }
    if scope.metrics {
        // CloudWatch has no resources to which the right could be limited.
        let action = Operation::GetMetricData.action();
        statements.push(json!({"Sid": "ReadMetrics", "Effect": "Allow", "Action": action, "Resource": "*"}));
    }
    if !scope.roles.is_empty() {
        let assume = json!({
            "Sid": "AssumeRoles", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": scope.roles,
        });
        statements.push(assume);
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(policy: &Value, statement: usize) -> String {
        policy["Statement"][statement]["Action"].to_string()
    }

    #[test]
    fn default_policy_reads_the_logs_of_functions_only() {
        let policy = policy(Scope::default());
        assert_eq!(policy["Statement"].as_array().unwrap().len(), 2);
        assert_eq!(
            actions(&policy, 0),
            r#"["logs:DescribeLogGroups","lambda:ListFunctions","tag:GetResources"]"#
        );
        assert_eq!(actions(&policy, 1), r#""logs:FilterLogEvents""#);
        assert_eq!(policy["Statement"][1]["Resource"], json!(["arn:*:logs:*:*:log-group:/aws/lambda/*:*"]));
    }

    #[test]
    fn query_needs_the_right_to_query_instead_of_that_to_filter() {
        let policy = policy(Scope { query: true, ..Scope::default() });
        assert_eq!(actions(&policy, 1), r#""logs:StartQuery""#);
        assert_eq!(actions(&policy, 2), r#""logs:GetQueryResults""#);
        assert!(!policy.to_string().contains("FilterLogEvents"));
    }

    #[test]
    fn flags_add_the_rights_they_need() {
        let groups = ["/team/a?".to_owned(), "/team/[bc]/x".to_owned()];
        let roles = ["arn:aws:iam::123456789012:role/r".to_owned()];
        let policy = policy(Scope { groups: &groups, roles: &roles, metrics: true, query: false });
        let expected = ["arn:*:logs:*:*:log-group:/team/a?:*", "arn:*:logs:*:*:log-group:/team/*:*"];
        assert_eq!(policy["Statement"][1]["Resource"], json!(expected));
        assert_eq!(actions(&policy, 2), r#""cloudwatch:GetMetricData""#);
        assert_eq!(policy["Statement"][3]["Resource"], json!(roles));
    }
}
