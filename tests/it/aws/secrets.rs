//! Secrets of Secrets Manager and SSM: fetched once, fetched again when they are refused, before and after a rotation.

use serde_json::{Value, json};
use tailwater_forwarder::{
    aws::{
        SecretCache,
        secret_cache::{Refreshed, SecretError},
    },
    value::{Secret, SecretRef},
};
use tests::server::{Call, Moto};

use super::{run, settings};

fn vault(url: &str) -> SecretCache {
    let settings = settings(url, &[]);
    SecretCache::new(super::lazy_access(&settings))
}

fn secrets_manager(moto: &Moto, target: &'static str, input: &Value) -> Value {
    moto.call(Call { service: "secretsmanager", target }, input)
}

/// A new secret.
fn secret(moto: &Moto, value: &str) -> SecretRef {
    let made =
        secrets_manager(moto, "secretsmanager.CreateSecret", &json!({"Name": "key", "SecretString": value}));
    SecretRef::SecretsManager(made["ARN"].as_str().expect("a secret has an ARN").to_owned())
}

fn rotate(moto: &Moto, reference: &SecretRef, value: &str) {
    let SecretRef::SecretsManager(arn) = reference else { panic!("it was made there") };
    let input = json!({"SecretId": arn, "SecretString": value});
    secrets_manager(moto, "secretsmanager.PutSecretValue", &input);
}

fn put_parameter(moto: &Moto, value: &str) {
    let input = json!({"Name": "/tailwater/key", "Type": "SecureString", "Value": value, "Overwrite": true});
    moto.call(Call { service: "ssm", target: "AmazonSSM.PutParameter" }, &input);
}

fn parameter() -> SecretRef {
    SecretRef::Parameter("/tailwater/key".to_owned())
}

#[test]
fn a_secret_is_fetched_once_and_again_when_it_was_rotated() {
    let Some(moto) = Moto::find() else { return };
    let reference = secret(&moto, r#"{"api_key":"first"}"#);
    let vault = vault(&moto.url());
    let first = Secret::new("first");
    run(async {
        assert_eq!(vault.reveal(&reference).await.unwrap(), first);
        rotate(&moto, &reference, "second\n");
        assert_eq!(vault.reveal(&reference).await.unwrap(), first);
        let second = Secret::new("second");
        let refreshed = Refreshed::Changed(second.clone());
        assert_eq!(vault.refresh(&reference, &first).await.unwrap(), refreshed);
        assert_eq!(vault.reveal(&reference).await.unwrap(), second);
        // One that was refused at the same time is told without another request.
        assert_eq!(vault.refresh(&reference, &first).await.unwrap(), refreshed);
        // A backend that refuses the new one, too, does not cost a request each time.
        assert_eq!(vault.refresh(&reference, &second).await.unwrap(), Refreshed::Unchanged);
    });
}

#[test]
fn a_backend_that_does_not_know_the_new_secret_yet_gets_the_one_before() {
    let Some(moto) = Moto::find() else { return };
    let reference = secret(&moto, "first");
    rotate(&moto, &reference, "second");
    put_parameter(&moto, "1st");
    put_parameter(&moto, "2nd");
    let vault = vault(&moto.url());
    run(async {
        for (reference, new, old) in [(reference, "second", "first"), (parameter(), "2nd", "1st")] {
            assert_eq!(vault.reveal(&reference).await.unwrap(), Secret::new(new));
            let refreshed = vault.refresh(&reference, &Secret::new(new)).await.unwrap();
            assert_eq!(refreshed, Refreshed::Changed(Secret::new(old)));
        }
    });
}

#[test]
fn a_secret_that_was_never_rotated_is_refused_for_good() {
    let Some(moto) = Moto::find() else { return };
    let reference = secret(&moto, "only");
    put_parameter(&moto, "only");
    let vault = vault(&moto.url());
    run(async {
        for reference in [reference, parameter()] {
            let only = vault.reveal(&reference).await.unwrap();
            assert_eq!(vault.refresh(&reference, &only).await.unwrap(), Refreshed::Unchanged);
        }
    });
}

#[test]
fn a_secret_that_is_not_there_or_of_no_use_is_told_without_it() {
    let Some(moto) = Moto::find() else { return };
    let reference = secret(&moto, r#"{"user":"c4n4ry","password":"c4n4ry"}"#);
    let vault = vault(&moto.url());
    run(async {
        let error = vault.reveal(&reference).await.unwrap_err();
        assert_eq!(error, SecretError::Members);
        assert!(!error.to_string().contains("c4n4ry"));
        let error = vault.reveal(&parameter()).await.unwrap_err();
        assert!(error.to_string().starts_with("SSM resource not found: ParameterNotFound"), "{error}");
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:missing-AbCdEf";
        let error = vault.reveal(&SecretRef::SecretsManager(arn.to_owned())).await.unwrap_err();
        let told = "Secrets Manager resource not found: ResourceNotFoundException";
        assert!(error.to_string().starts_with(told), "{error}");
    });
}

#[test]
fn a_secret_that_is_given_needs_no_aws() {
    let vault = vault("http://localhost:1");
    let given = Secret::new("given");
    run(async {
        let reference = SecretRef::Value(given.clone());
        assert_eq!(vault.reveal(&reference).await.unwrap(), given);
        assert_eq!(vault.refresh(&reference, &given).await.unwrap(), Refreshed::Unchanged);
    });
}
