//! Tests of the files in `testdata/`. A file without a case fails, and so does a case without a file.

use std::{collections::BTreeMap, fs, path::Path};

use super::summary;

#[rustfmt::skip]
const CASES: &[(&str, &str)] = &[
    ("dotnet", r#"dotnet level=WARN id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z message="low on stock\n""#),
    ("dotnet_memory", "dotnet level=ERROR error=System.OutOfMemoryException failure=OutOfMemory"),
    ("emf", "emf id=989ffbf8-9ace-4817-a57c-e4dd734019ee | lambda-function-metrics time=[100.0] Milliseconds {functionVersion=$LATEST}"),
    ("emf_arrays", "emf | shop orders=[3.0] Count {service=orders} | shop orders=[3.0] Count {service=orders,region=eu-west-1} | shop orders=[3.0] Count {} | shop latency.p=[1.5, 2.0, 300.0] {service=orders} | shop latency.p=[1.5, 2.0, 300.0] {service=orders,region=eu-west-1} | shop latency.p=[1.5, 2.0, 300.0] {}"),
    ("end", "end id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c"),
    ("extension", "extension name=datadog-agent state=Ready events=[INVOKE,SHUTDOWN]"),
    ("extension_no_events", "extension name=datadog-agent state=Ready events=[]"),
    ("extension_spaced", "extension name=datadog-agent state=Ready events=[INVOKE, SHUTDOWN]"),
    ("fault_early_exit", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c message="Process exited before completing request""#),
    ("fault_exec_format", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.InvalidEntrypoint message="fork/exec /var/task/bootstrap: exec format error""#),
    ("fault_exit_status", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.ExitError message="Runtime exited with error: exit status 1""#),
    ("fault_flattened", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Extension.Crash message="exit code 0""#),
    ("fault_killed", r#"fault kind=Killed id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.ExitError message="Runtime exited with error: signal: killed""#),
    ("fault_managed_instances", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.ExitError message="Status: error\tErrorType: Runtime.ExitError""#),
    ("fault_no_bootstrap", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.InvalidEntrypoint message="Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]""#),
    ("fault_no_reason", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.ExitError message="Runtime exited without providing a reason""#),
    ("fault_segmentation", r#"fault kind=Exited id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.ExitError message="Runtime exited with error: signal: segmentation fault""#),
    ("fault_timeout", r#"fault kind=Timeout(3s) id=7c9567b5-107b-4a6c-8798-0157ac21db52 message="Task timed out after 3.00 seconds""#),
    ("go", r#"go at=2023/11/04 10:00:00 message="low on stock\n""#),
    ("go_memory", "go level=FATAL failure=OutOfMemory"),
    ("init_report_error", "init_report duration=137.69ms phase=Init status=Error error=Runtime.ImportModuleError"),
    ("init_report_invoke", "init_report duration=3.00321s phase=Invoke status=Timeout"),
    ("init_report_snapshot", "init_report duration=13.31604s"),
    ("init_report_timeout", "init_report duration=9.99947s phase=Init status=Timeout"),
    ("init_start", "init_start runtime=nodejs:22.mainline.v98 arn=arn:aws:lambda:us-east-1::runtime:a7836fa8b7a0d1fe0ef7eb8dcd7b6e2fb9d8aa0e6d1f6b1b1c3fd0a62f8ab6b4"),
    ("init_start_durable", "init_start runtime=python:3.14.DurableFunction.v6 arn=arn:aws:lambda:us-east-1::runtime:a7836fa8b7a0d1fe0ef7eb8dcd7b6e2fb9d8aa0e6d1f6b1b1c3fd0a62f8ab6b4"),
    ("init_start_image", "init_start"),
    ("java", r#"java level=WARN message="low on stock\n""#),
    ("java_memory", "java level=ERROR error=java.lang.OutOfMemoryError failure=OutOfMemory"),
    ("json_bare", "json"),
    ("json_capacity_provider", "json level=INFO at=2026-07-01T10:00:00.000Z"),
    ("json_dotnet", "json level=WARN id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 context=5d8bba5adc2932496a65bab91d2d42d4/54565fb41ac79632/0 at=2026-03-04T10:00:00.123Z error=ArgumentException"),
    ("json_double_encoded", "json level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z error=TypeError"),
    ("json_durable", "json level=INFO id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z"),
    ("json_end", "end id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c"),
    ("json_extension", r#"extension name=my-extension state=Ready events=["INVOKE","SHUTDOWN"]"#),
    ("json_extension_error", "extension name=my-extension state=Registered events=[] error=Extension.Crash"),
    ("json_fault", r#"fault kind=Killed id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c error=Runtime.ExitError message="Runtime exited with error: signal: killed""#),
    ("json_go", "json level=INFO id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z"),
    ("json_init_report", "init_report duration=173.778ms phase=Init status=Success by=OnDemand"),
    ("json_init_runtime_done", "init_runtime_done phase=Init status=Success by=OnDemand"),
    ("json_init_start", "init_start runtime=nodejs:22.mainline.v122 arn=arn:aws:lambda:eu-central-1::runtime:775d by=OnDemand phase=Init function=tenner-notifier version=$LATEST memory=268435456B"),
    ("json_java", "json level=WARN id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c tenant=acme at=2026-03-04T10:00:00.123Z"),
    ("json_logs_dropped", r#"logs_dropped 123 12345B "Some logs were dropped because the downstream consumer is slower than the logs production rate""#),
    ("json_node", "json level=INFO id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c tenant=acme at=2026-03-04T10:00:00.123Z"),
    ("json_node_error", "json level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z error=TypeError"),
    ("json_opentelemetry", "json level=INFO context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7/1"),
    ("json_pino", "json level=ERROR at=1772618400123 error=RangeError"),
    ("json_powertools_dotnet", "json level=INFO id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 at=2026-03-04T10:00:00.1234567Z"),
    ("json_powertools_dotnet_pascal", "json level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 at=2026-03-04T10:00:00.1234567Z error=System.InvalidOperationException"),
    ("json_powertools_java", "json level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 tenant=acme at=2026-03-04T10:00:00.123Z error=java.lang.IllegalStateException"),
    ("json_powertools_python", "json level=INFO id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 at=2021-05-03 10:20:19,650+0200 error=ValueError"),
    ("json_powertools_typescript", "json level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 tenant=acme at=2026-03-04T10:00:00.123Z error=RangeError"),
    ("json_python", "json level=WARN id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00Z"),
    ("json_python_logger", "json level=WARN id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04 10:00:00,123"),
    ("json_python_uncaught", "json level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00Z error=ValueError failure=Unhandled"),
    ("json_report", "report id=79b5e81f-0000-4000-8000-000000000000 status=Success duration=1.23396s billed=1.698s size=256MB used=123MB init=463.512ms"),
    ("json_report_managed", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Success duration=11.185ms latency=2.215ms"),
    ("json_report_snapstart", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Success duration=306.34ms billed=610ms size=3009MB used=155MB restore=511.25ms"),
    ("json_report_timeout", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Timeout error=Sandbox.Timedout duration=3s billed=3s size=128MB used=31MB tenant=acme"),
    ("json_restore_report", "restore_report duration=511.25ms status=Success"),
    ("json_restore_runtime_done", "restore_runtime_done status=Error error=Runtime.ExitError"),
    ("json_restore_start", "restore_start runtime=java:21.v38 arn=arn:aws:lambda:us-east-1::runtime:a7836fa8b7a0d1fe0ef7eb8dcd7b6e2fb9d8aa0e6d1f6b1b1c3fd0a62f8ab6b4 function=orders version=7"),
    ("json_restore_start_empty", "restore_start"),
    ("json_runtime_done", "runtime_done id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Success duration=11.185ms produced=40B latency=2.215ms trace=1-5d8bba5a-dc2932496a65bab91d2d42d4"),
    ("json_rust", "json level=INFO id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 context=5d8bba5adc2932496a65bab91d2d42d4/54565fb41ac79632/1 at=2026-03-04T10:00:00.123456Z"),
    ("json_start", "start id=79b5e81f-0000-4000-8000-000000000000 version=$LATEST function_arn=arn:aws:lambda:eu-central-1:825765399535:function:tenner-notifier"),
    ("json_subscription", r#"subscription name=my-extension state=Subscribed types=["platform","function"]"#),
    ("json_web_app", "json level=INFO id=NF5U6CMIUAWPER24GXDNDEZSVU at=2026-09-25T11:12:31.000Z"),
    ("json_web_init_start", "init_start runtime=nodejs24.x:nodejs.web24.v51 arn=arn:aws:lambda:us-east-1::runtime:a7836fa8b7a0d1fe0ef7eb8dcd7b6e2fb9d8aa0e6d1f6b1b1c3fd0a62f8ab6b4 by=OnDemand function=site"),
    ("json_web_invoke_report", "platform.invokeReport id=NF5U6CMIUAWPER24GXDNDEZSVU"),
    ("json_zap", "json level=WARN at=1772618400.1234567"),
    ("legacy_import", "text level=ERROR failure=UnhandledIfLast"),
    ("legacy_python", "python level=ERROR error=KeyError failure=UnhandledIfLast"),
    ("logs_subscription", "subscription name=cloudwatch_lambda_agent state=Subscribed types=[Platform]"),
    ("node", r#"node level=INFO id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z message="EVENT\r{\r  \"key\": 1\r}\n""#),
    ("node_invoke_error", r#"node level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled message="Invoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x is not a function\",\"stack\":[\"TypeError: x is not a function\",\"    at handler (/var/task/index.js:3:5)\"]}\n""#),
    ("node_memory", "node level=FATAL failure=OutOfMemory"),
    ("node_no_request_id", r#"node level=ERROR at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled message="Invoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x is not a function\",\"stack\":[\"TypeError: x is not a function\",\"    at handler (/var/task/index.mjs:3:5)\"]}\n""#),
    ("node_uncaught", r#"node level=ERROR at=2026-03-04T10:00:00.123Z error=Runtime.ImportModuleError failure=Unhandled message="Uncaught Exception \t{\"errorType\":\"Runtime.ImportModuleError\",\"errorMessage\":\"Error: Cannot find module 'app'\",\"stack\":[\"Runtime.ImportModuleError: Error: Cannot find module 'app'\",\"    at loadModule (file:///var/runtime/index.mjs:1:1)\"]}\n""#),
    ("python", r#"python level=WARN id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z message="low on stock\n""#),
    ("python_memory", r#"python level=ERROR error=MemoryError failure=OutOfMemory message="MemoryError\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 7, in handler\n    block = bytearray(1 << 30)\n""#),
    ("python_uncaught", r#"python level=ERROR error=Runtime.ImportModuleError failure=Unhandled message="Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'\nTraceback (most recent call last):\n""#),
    ("python_warning", r#"python level=WARN at=2026-03-04T10:00:00.123Z message="LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare cases, a Lambda runtime update can cause unexpected function behavior.\n""#),
    ("report_cold", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c duration=2.37ms billed=427ms size=1024MB used=95MB init=423.98ms"),
    ("report_cold_out_of_memory", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Error error=Runtime.OutOfMemory duration=1.2s billed=1.752s size=128MB used=128MB init=551.73ms"),
    ("report_crash", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Error error=Runtime.ExitError duration=133.61ms billed=214ms size=128MB used=31MB init=80ms"),
    ("report_emulator", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c duration=52.14ms billed=53ms size=3008MB used=3008MB init=120µs"),
    ("report_import_error", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Error error=Runtime.ImportModuleError duration=1.9ms billed=2ms size=128MB used=39MB"),
    ("report_old_timeout", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c duration=3s billed=3s size=128MB used=129MB"),
    ("report_out_of_memory", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Error error=Runtime.OutOfMemory duration=2.90415s billed=2.905s size=1024MB used=1024MB trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 segment=5ff79d2a06b82ad6"),
    ("report_snapstart", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c duration=306.34ms billed=610ms size=3009MB used=155MB restore=511.25ms billed_restore=303ms"),
    ("report_spaces", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c duration=46.84ms billed=47ms size=192MB used=72MB"),
    ("report_timeout", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c status=Timeout duration=3.01678s billed=3.101s size=128MB used=31MB init=84ms"),
    ("report_warm", "report id=6234bffe-149a-b642-81ff-2e8e376d8aff duration=46.84ms billed=47ms size=192MB used=72MB"),
    ("report_xray", "report id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c duration=1.67ms billed=100ms size=128MB used=89MB trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 segment=5ff79d2a06b82ad6"),
    ("restore_report", "restore_report duration=511.25ms"),
    ("restore_report_error", "restore_report duration=1.23604s status=Error error=Runtime.ExitError"),
    ("restore_report_timeout", "restore_report duration=1.23604s status=Timeout"),
    ("restore_start", "restore_start runtime=java:11.v21 arn=arn:aws:lambda:us-east-1::runtime:a7836fa8b7a0d1fe0ef7eb8dcd7b6e2fb9d8aa0e6d1f6b1b1c3fd0a62f8ab6b4"),
    ("ruby", r#"ruby level=INFO at=2024-01-01T00:00:00.123456 message="low on stock\n""#),
    ("ruby_critical", "ruby level=ERROR error=Function<NoMethodError> failure=Unhandled"),
    ("ruby_memory", "ruby level=ERROR error=NoMemoryError failure=OutOfMemory"),
    ("spring_boot", "text level=WARN at=2026-03-04 10:00:00.123"),
    ("start", "start id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c version=$LATEST"),
    ("start_tab", "start id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c version=7"),
    ("telemetry", "subscription name=datadog-agent state=Subscribed types=[Platform, Function, Extension]"),
    ("text", "text"),
];

/// Lines by file name without extension.
pub(super) fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let lines = entries.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    lines
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

#[test]
fn files_are_parsed_as_their_cases_state() {
    let read: BTreeMap<_, _> = files().into_iter().map(|(name, text)| (name, summary(&text))).collect();
    let expected: BTreeMap<_, _> =
        CASES.iter().map(|&(name, summary)| (name.to_owned(), summary.to_owned())).collect();
    for (name, actual) in &read {
        assert_eq!(Some(actual), expected.get(name), "{name}");
    }
    assert!(read.keys().eq(expected.keys()), "a case without a file");
}

#[test]
fn files_are_listed_in_the_index() {
    let index = include_str!("../../../testdata/INDEX.md");
    for name in files().keys() {
        assert!(index.contains(&format!("| {name} |")), "{name}");
    }
}
