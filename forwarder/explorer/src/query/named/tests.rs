use super::*;
use crate::query::language;

#[test]
fn every_named_query_can_be_parsed() {
    let queries = named_queries(None).unwrap();
    assert_eq!(queries.len(), 50);
    for query in &queries {
        let values: Vec<_> = query.parameters.iter().map(|it| (it.name.clone(), "x".to_owned())).collect();
        let text = query.fill(&values).unwrap();
        if let Err(error) = language::parse(&text) {
            panic!("{}: {error}\n{}", query.name, error.excerpt(&text));
        }
        assert!(query.question.ends_with('?'), "{}", query.name);
        assert_ne!(query.group, own_group(), "{} has no group", query.name);
    }
}

#[test]
fn parameter_is_replaced_by_a_quoted_value() {
    let queries = named_queries(None).unwrap();
    let request = queries.iter().find(|query| query.name == "request").unwrap();
    let text = request.fill(&[("ID".to_owned(), "a\"b".to_owned())]).unwrap();
    assert!(text.starts_with(r#"filter @requestId="a\"b" or requestId="a\"b""#), "{text}");
    let missing = request.fill(&[]).unwrap_err().to_string();
    assert_eq!(missing, "the query request needs --param ID=VALUE");
    assert!(request.fill(&[("X".to_owned(), String::new())]).is_err());
}

#[test]
fn value_that_is_the_name_of_another_parameter_is_kept() {
    let mut query = named_queries(None).unwrap().remove(0);
    query.parameters = ["A", "B"].map(|name| Parameter { name: name.to_owned(), default: None }).to_vec();
    query.query = r#"fields "A" as a, "B" as b"#.to_owned();
    let values = [("A".to_owned(), "B".to_owned()), ("B".to_owned(), "7".to_owned())];
    assert_eq!(query.fill(&values).unwrap(), r#"fields "B" as a, "7" as b"#);
}

#[test]
fn own_query_replaces_one_of_the_same_name() {
    let folder = tempfile::tempdir().unwrap();
    let text = "name = \"errors\"\nquestion = \"Mine?\"\nchart = \"table\"\nquery = \"limit 1\"";
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let queries = named_queries(Some(folder.path())).unwrap();
    let errors: Vec<_> = queries.iter().filter(|query| query.name == "errors").collect();
    assert_eq!((queries.len(), errors[0].query.as_str()), (50, "limit 1"));
    fs::write(folder.path().join("b.toml"), "name = 1").unwrap();
    let error = named_queries(Some(folder.path())).unwrap_err().to_string();
    assert!(error.contains("b.toml"), "{error}");
}

#[test]
fn parameter_without_a_value_has_its_default() {
    let text = r#"
        name = "slow"
        question = "Which are slow?"
        chart = "table"
        parameters = ["ID", { name = "MS", default = "3000" }]
        query = 'filter @requestId = "ID" and @duration > "MS"'
    "#;
    let query = parse(text).unwrap();
    assert_eq!(query.group, "Own");
    let filled = |values: &[(&str, &str)]| {
        let values: Vec<_> = values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        query.fill(&values).map_err(|error| error.to_string())
    };
    let expected = |ms: &str| Ok(format!(r#"filter @requestId = "7" and @duration > "{ms}""#));
    assert_eq!(filled(&[("ID", "7")]), expected("3000"));
    assert_eq!(filled(&[("MS", "5"), ("ID", "7")]), expected("5"));
    assert_eq!(filled(&[]), Err("the query slow needs --param ID=VALUE".to_owned()));
}

#[test]
fn queries_of_a_group_follow_each_other() {
    let queries = named_queries(None).unwrap();
    let mut groups: Vec<_> = queries.iter().map(|query| query.group.as_str()).collect();
    groups.dedup();
    let expected = [
        "Speed",
        "Cold starts",
        "Memory",
        "Cost",
        "Failures",
        "One request",
        "Application",
        "JSON system logs",
        "House-keeping",
    ];
    assert_eq!(groups, expected);
}
