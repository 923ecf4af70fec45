//! Any value: functions, comparisons and orders make a value and never panic.

use std::cmp::Ordering;

use proptest::{prelude::*, sample::select};
use regex::Regex;

use super::{
    super::{
        super::language::{
            expression::{ArithmeticOp, CompareOp},
            function::Function,
            period::{Period, PeriodUnit},
            tree::Direction,
        },
        Value, arithmetic, compare,
        function::{self, Argument},
        json,
        order::sort_order,
    },
    CONTEXT,
};

fn any_value() -> impl Strategy<Value = Value<'static>> {
    let text = select(&[
        "",
        " ",
        "0",
        "-0",
        "1",
        "200",
        "1e3",
        "007",
        "a10",
        "a9",
        "é",
        "日本",
        "true",
        "10.0.0.1",
        "::1",
        "10.0.0.0/8",
        "%41%zz",
        "YQ==",
        "ff",
        "yyyy-MM-dd",
        "2024-02-29",
        "2024-02-29T12:00:00Z",
        "%Y %3f %",
        "Europe/Berlin",
        "+99:99",
        "[1,[2]]",
        "{\"a\":1}",
        "99999999999999999999",
        "-9223372036854775808",
        "$1\\2$",
    ]);
    prop_oneof![
        Just(Value::Missing),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::integer),
        (-40_i64..40).prop_map(Value::integer),
        any::<f64>().prop_map(Value::float),
        // Integers and doubles that are close to each other, where a double cannot hold all integers.
        (0_i64..4).prop_map(|n| Value::integer((1 << 53) + n)),
        (0_u8..4).prop_map(|n| Value::float(9_007_199_254_740_992.0 + f64::from(n))),
        (0_i64..2).prop_map(|n| Value::integer(i64::MIN + n)),
        Just(Value::float(-9_223_372_036_854_775_808.0)),
        any::<i64>().prop_map(Value::Time),
        text.prop_map(Value::text),
        "\\PC{0,8}".prop_map(Value::text),
        Just(json::parse(r#"[1,"x",null,{"k":[true]}]"#)),
        Just(json::parse(r#"{"a":{"b":1}}"#)),
    ]
}

fn any_period() -> impl Strategy<Value = Period> {
    use PeriodUnit::{Day, Hour, Millisecond, Minute, Month, Quarter, Second, Week, Year};
    let unit = select(&[Millisecond, Second, Minute, Hour, Day, Week, Month, Quarter, Year]);
    (1_u32.., unit).prop_map(|(count, unit)| Period { count, unit })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    #[test]
    fn functions_of_any_values_make_a_value(
        name in select(Function::names().collect::<Vec<_>>()),
        values in prop::collection::vec(any_value(), 0..5),
        period in any_period(),
    ) {
        let function = Function::from_name(name).unwrap();
        let regex = Regex::new("(a|é)?[0-9]*").unwrap();
        let mut arguments: Vec<Argument<'_>> = values.into_iter().map(Argument::Value).collect();
        let takes_period = matches!(function, Function::Bin | Function::DateFloor | Function::DateCeil);
        if takes_period && let Some(argument) = arguments.get_mut(1) {
            *argument = Argument::Period(period);
        }
        if function == Function::RegexReplace && let Some(argument) = arguments.get_mut(1) {
            *argument = Argument::Regex(&regex);
        }
        let value = function::call(function, &mut arguments, &CONTEXT).unwrap_or_default();
        prop_assert!(value.to_text().is_some() || !value.is_present() || value.is_structure());
        if let Value::Number(number) = &value {
            prop_assert!(number.to_f64().is_finite());
        }
    }

    #[test]
    fn order_of_any_values_is_total(a in any_value(), b in any_value(), c in any_value()) {
        let order = |left: &Value<'_>, right: &Value<'_>| sort_order(left, right, Direction::Ascending);
        prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
        prop_assert_eq!(order(&a, &a), Ordering::Equal);
        if order(&a, &b) != Ordering::Greater && order(&b, &c) != Ordering::Greater {
            prop_assert_ne!(order(&a, &c), Ordering::Greater);
        }
    }

    #[test]
    fn comparison_of_any_values_is_consistent(a in any_value(), b in any_value()) {
        let holds = |op, left: &Value<'_>, right: &Value<'_>| compare::compare(op, left, right);
        prop_assert_eq!(holds(CompareOp::Less, &a, &b), holds(CompareOp::Greater, &b, &a));
        prop_assert_eq!(holds(CompareOp::Equal, &a, &b), holds(CompareOp::Equal, &b, &a));
        let is_either = holds(CompareOp::Equal, &a, &b) || holds(CompareOp::NotEqual, &a, &b);
        prop_assert_eq!(is_either, !a.is_absent() && !b.is_absent());
    }

    #[test]
    fn arithmetic_of_any_values_is_finite(a in any_value(), b in any_value()) {
        use ArithmeticOp::{Add, Divide, Multiply, Power, Remainder, Subtract};
        for op in [Add, Subtract, Multiply, Divide, Remainder, Power] {
            if let Value::Number(number) = arithmetic::arithmetic(op, &a, &b) {
                prop_assert!(number.to_f64().is_finite());
            }
        }
        arithmetic::negate(&a);
    }

    #[test]
    fn written_json_is_parsed_to_the_same_value(text in select(&[
        r#"{"a":[1,-2.5,"x\"\u00e9",true,{"b":{}}],"c":""}"#, "[[],[[1]]]", "\"a\"", "12", "1e300", "[18446744073709551615]",
    ])) {
        let value = json::parse(text);
        prop_assert_eq!(json::parse(&json::write(&value)), value);
    }
}
