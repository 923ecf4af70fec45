//! Tests of the parsers of values, with values at their limits.

use std::time::Duration;

use crate::value::{
    self, Header, SecretRef,
    ValueError::{self, *},
};

#[test]
fn size_needs_a_unit() {
    let check = |text, expected: Result<u64, ValueError>| {
        assert_eq!(value::size(text).map(|size| size.0), expected, "{text}");
    };
    check("256MiB", Ok(256 << 20));
    check("5MB", Ok(5_000_000));
    check("1B", Ok(1));
    check("1 GiB", Ok(1 << 30));
    check("2kb", Ok(2_000));
    check("17179869183GiB", Ok(17_179_869_183 << 30));
    check("17179869184GiB", Err(TooLarge));
    check("99999999999999999999B", Err(TooLarge));
    check("256", Err(NoUnit));
    check("0MiB", Err(Zero));
    check("MiB", Err(NotANumber));
    check("", Err(NotANumber));
    check("-1MB", Err(NotANumber));
    check("+1MB", Err(NotANumber));
    check("1.5MB", Err(UnknownUnit));
    check("1TiB", Err(UnknownUnit));
    check("1 M iB", Err(UnknownUnit));
    check("1µB", Err(UnknownUnit));
    check("٣MB", Err(NotANumber));
}

#[test]
fn duration_needs_a_unit() {
    let check = |text, expected: Result<u64, ValueError>| {
        assert_eq!(value::duration(text), expected.map(Duration::from_millis), "{text}");
    };
    check("1500ms", Ok(1_500));
    check("30s", Ok(30_000));
    check("5m", Ok(300_000));
    check("2h", Ok(7_200_000));
    check("0s", Err(Zero));
    check("30", Err(NoUnit));
    check("5min", Err(UnknownUnit));
    check("18446744073709551615h", Err(TooLarge));
}

#[test]
fn milliseconds_take_no_unit() {
    let check = |text, expected: Result<u64, ValueError>| {
        assert_eq!(value::milliseconds(text), expected.map(Duration::from_millis), "{text}");
    };
    check("10000", Ok(10_000));
    check("10s", Err(NotANumber));
    check("0", Err(Zero));
}

#[test]
fn count_is_limited_to_64() {
    let check = |text, expected: Result<u16, ValueError>| {
        assert_eq!(value::count(text).map(std::num::NonZero::get), expected, "{text}");
    };
    check("1", Ok(1));
    check("64", Ok(64));
    check("65", Err(TooLarge));
    check("65537", Err(TooLarge));
    check("18446744073709551616", Err(TooLarge));
    check("0", Err(Zero));
    check("four", Err(NotANumber));
}

#[test]
fn empty_list_item_is_rejected() {
    let check = |text, expected: Result<&[&str], ValueError>| {
        let expected = expected.map(|items| items.iter().map(ToString::to_string).collect());
        assert_eq!(value::list(text), expected, "{text}");
    };
    check("a", Ok(&["a"]));
    check(" a , b c ", Ok(&["a", "b c"]));
    check("a,,b", Err(EmptyItem));
    check("a,", Err(EmptyItem));
    check("", Err(EmptyItem));
}

#[test]
fn unknown_or_duplicate_word_is_rejected() {
    let check = |text, expected: Result<Vec<u8>, ValueError>| {
        assert_eq!(value::words(text, &[("one", 1), ("two", 2)]), expected, "{text}");
    };
    check("one", Ok(vec![1]));
    check("two, one", Ok(vec![2, 1]));
    check("one,one", Err(Duplicate));
    check("One", Err(UnknownWord));
    check("one two", Err(UnknownWord));
}

#[test]
fn tag_without_colon_is_rejected() {
    let check = |text, expected: Result<&[(&str, &str)], ValueError>| {
        let tags = value::tags(text);
        let tags = tags.as_ref().map_err(|wrong| *wrong);
        let pairs = tags.map(|tags| tags.iter().map(|tag| (&*tag.key, &*tag.value)).collect::<Vec<_>>());
        assert_eq!(pairs, expected.map(<[_]>::to_vec), "{text}");
    };
    check("team:shop", Ok(&[("team", "shop")]));
    check("url:http://x, team:a, team:b", Ok(&[("url", "http://x"), ("team", "a"), ("team", "b")]));
    check("empty:", Ok(&[("empty", "")]));
    check(":shop", Err(NoColon));
    check("team=shop", Err(NoColon));
}

#[test]
fn attributes_are_percent_decoded() {
    let check = |text, expected: Result<&[(&str, &str)], ValueError>| {
        let tags = value::attributes(text);
        let tags = tags.as_ref().map_err(|wrong| *wrong);
        let pairs = tags.map(|tags| tags.iter().map(|tag| (&*tag.key, &*tag.value)).collect::<Vec<_>>());
        assert_eq!(pairs, expected.map(<[_]>::to_vec), "{text}");
    };
    check("team=shop, q=a%2Cb%3Dc", Ok(&[("team", "shop"), ("q", "a,b=c")]));
    check("key=YWJj==", Ok(&[("key", "YWJj==")]));
    check("name=M%C3%BCnchen+x", Ok(&[("name", "München+x")]));
    check("a%20b=", Ok(&[("a b", "")]));
    check("team", Err(NoEquals));
    check("=shop", Err(NoEquals));
    check("a=1,a=2", Err(Duplicate));
    check("a=1,%61=2", Err(Duplicate));
    for wrong in ["a=%", "a=%2", "a=%zz", "a=%+1", "a=%ff", "a=%é", "a=%2é"] {
        check(wrong, Err(BadPercent));
    }
    for hostile in ["a=x%0d%0aevil: 1", "a=%00", "%0A=x"] {
        check(hostile, Err(ControlCharacter));
    }
}

#[test]
fn region_code_is_checked() {
    let check = |text, is_region: bool| assert_eq!(value::region(text).is_ok(), is_region, "{text}");
    for region in ["eu-west-1", "us-gov-east-1", "ap-southeast-7", "mx-central-1", "us-isob-east-1"] {
        check(region, true);
    }
    for wrong in ["", "eu", "west-1", "eu-west", "eu-west-1a", "EU-WEST-1", "eu--1", "eu-west-", "e u-west-1"]
    {
        check(wrong, false);
    }
}

#[test]
fn secret_is_a_value_or_a_reference() {
    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:dd-key-AbCdEf";
    let check = |text: &str, expected: Result<SecretRef, ValueError>| {
        assert_eq!(SecretRef::read(text), expected, "{text}");
    };
    check("0123abcd", Ok(SecretRef::Value(super::Secret::new("0123abcd"))));
    check(&format!("secretsmanager:{ARN}"), Ok(SecretRef::SecretsManager(ARN.to_owned())));
    check("ssm:/prod/dd-key", Ok(SecretRef::Parameter("/prod/dd-key".to_owned())));
    let by_arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/prod/dd-key";
    check(&format!("ssm:{by_arn}"), Ok(SecretRef::Parameter(by_arn.to_owned())));
    for wrong in ["secretsmanager:", "secretsmanager:dd-key", "secretsmanager:arn:aws:s3:::bucket"] {
        check(wrong, Err(BadSecretArn));
    }
    check("secretsmanager:arn:aws:secretsmanager:eu-west-1::secret:x", Err(BadSecretArn));
    for wrong in ["ssm:", "ssm:a b", "ssm:a?b", "ssm:arn:aws:ssm:eu-west-1:1:document/x"] {
        check(wrong, Err(BadParameter));
    }
    check("two words", Err(BadSecret));
    check("schlüssel", Err(BadSecret));
}

#[test]
fn invalid_or_reserved_header_is_rejected() {
    let check = |text, expected: Result<&[(&str, &str)], ValueError>| {
        let headers = Header::list(text);
        let headers = headers.as_ref().map_err(|wrong| *wrong);
        let pairs =
            headers.map(|all| all.iter().map(|one| (&*one.name, one.value.reveal())).collect::<Vec<_>>());
        assert_eq!(pairs, expected.map(<[_]>::to_vec), "{text}");
    };
    check("Authorization=Bearer%20abc", Ok(&[("authorization", "Bearer abc")]));
    check("authorization=Basic dTpw==,x-scope=1", Ok(&[("authorization", "Basic dTpw=="), ("x-scope", "1")]));
    check("a=1,A=2", Err(Duplicate));
    check("a b=1", Err(BadHeader));
    check("a=ü", Err(BadHeader));
    check("Content-Length=0", Err(BadHeader));
    check("host=elsewhere", Err(BadHeader));
    check("a=1%0d%0ab: 2", Err(ControlCharacter));
    check("a:1", Err(NoEquals));
}
