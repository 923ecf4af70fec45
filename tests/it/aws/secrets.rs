//! Secrets of Secrets Manager and SSM: fetched once, and fetched again when a backend rejects them, around a rotation.

use serde_json::{Value, json};
use tailwater_forwarder::{
    aws::{
        SecretCache,
        secret_cache::{Refreshed, SecretError},
    },
    value::{Secret, SecretRef},
};
use tests::server::{Moto, Operation};

use super::{run, settings};

fn vault(url: &str) -> SecretCache {
    let settings = settings(url, &[]);
    SecretCache::new(super::lazy_access(&settings))
}

fn secrets_manager(moto: &Moto, target: &'static str, input: &Value) -> Value {
    moto.call(Operation { service: "secretsmanager", target }, input)
}

/// Creates a secret.
fn secret(moto: &Moto, value: &str) -> SecretRef {
    let made =
        secrets_manager(moto, "secretsmanager.CreateSecret", &json!({"Name": "key", "SecretString": value}));
    SecretRef::SecretsManager(made["ARN"].as_str().expect("a secret has an ARN").to_owned())
}

fn rotate(moto: &Moto, reference: &SecretRef, value: &str) {
    let SecretRef::SecretsManager(arn) = reference else { panic!("the secret is in Secrets Manager") };
    let input = json!({"SecretId": arn, "SecretString": value});
    secrets_manager(moto, "secretsmanager.PutSecretValue", &input);
}

fn put_parameter(moto: &Moto, value: &str) {
    let input = json!({"Name": "/tailwater/key", "Type": "SecureString", "Value": value, "Overwrite": true});
    moto.call(Operation { service: "ssm", target: "AmazonSSM.PutParameter" }, &input);
}

fn parameter() -> SecretRef {
    SecretRef::Parameter("/tailwater/key".to_owned())
}

#[test]
fn secret_is_fetched_once_and_again_after_a_rotation() {
    let Some(moto) = Moto::start_if_installed() else { return };
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
        // A second rejection of the old value is answered from the cache.
        assert_eq!(vault.refresh(&reference, &first).await.unwrap(), refreshed);
        // If the new value is rejected too, not every rejection causes a request.
        assert_eq!(vault.refresh(&reference, &second).await.unwrap(), Refreshed::Unchanged);
    });
}

#[test]
fn previous_secret_is_used_if_the_backend_rejects_the_new_one() {
    let Some(moto) = Moto::start_if_installed() else { return };
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
fn rejected_secret_without_rotation_is_unchanged() {
    let Some(moto) = Moto::start_if_installed() else { return };
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
fn missing_or_unusable_secret_is_an_error_without_its_value() {
    let Some(moto) = Moto::start_if_installed() else { return };
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
        let expected = "Secrets Manager resource not found: ResourceNotFoundException";
        assert!(error.to_string().starts_with(expected), "{error}");
    });
}

#[test]
fn secret_given_as_value_needs_no_aws_call() {
    let vault = vault("http://localhost:1");
    let given = Secret::new("given");
    run(async {
        let reference = SecretRef::Value(given.clone());
        assert_eq!(vault.reveal(&reference).await.unwrap(), given);
        assert_eq!(vault.refresh(&reference, &given).await.unwrap(), Refreshed::Unchanged);
    });
}
