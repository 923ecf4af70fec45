use insta::assert_snapshot;

use super::summary;

#[test]
fn node_prefix_is_parsed() {
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tINFO\thello\tworld"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z message="hello\tworld""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\tundefined\tWARN\tstarting"), @r#"node level=WARN at=2026-03-04T10:00:00.123Z message="starting""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\t\tTRACE\t"), @r#"node level=TRACE at=2026-03-04T10:00:00.123Z message="""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tFATAL\tx"), @r#"node level=FATAL id=a at=2026-03-04T10:00:00.123Z message="x""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tDEBUG\tx\n"), @r#"node level=DEBUG id=a at=2026-03-04T10:00:00.123Z message="x\n""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tLOUD\tx"), @"text");
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta b\tINFO\tx"), @"text");
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tINFO"), @"text");
}

#[test]
fn node_prefix_may_lack_the_request_id() {
    assert_snapshot!(summary("2026-03-04 10:00:00.123\tINFO\thello\tworld"), @r#"node level=INFO at=2026-03-04 10:00:00.123 message="hello\tworld""#);
    assert_snapshot!(summary("2026-03-04 10:00:00.123 (+02:00)\ta\tERROR\thello"), @r#"node level=ERROR id=a at=2026-03-04 10:00:00.123 (+02:00) message="hello""#);
    assert_snapshot!(summary("2026-03-04 10:00:00.123\tplace\thello"), @"text");
}

#[test]
fn node_runtime_errors_are_recognised_by_a_tab() {
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled message="Invoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tUncaught Exception \t{\"errorType\":\"Error\"}\n"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=Error failure=Unhandled message="Uncaught Exception \t{\"errorType\":\"Error\"}\n""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tUnhandled Promise Rejection \t{\"errorType\":\"Runtime.UnhandledPromiseRejection\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=Runtime.UnhandledPromiseRejection failure=Unhandled message="Unhandled Promise Rejection \t{\"errorType\":\"Runtime.UnhandledPromiseRejection\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error\t{\"errorMessage\":\"x\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z failure=Unhandled message="Invoke Error\t{\"errorMessage\":\"x\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \t{\"errorType\":\"Cut"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z failure=Unhandled message="Invoke Error \t{\"errorType\":\"Cut""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error {\"errorType\":\"TypeError\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z message="Invoke Error {\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tINFO\tInvoke Error \t{\"errorType\":\"TypeError\"}"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z message="Invoke Error \t{\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \tof sorts"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z message="Invoke Error \tof sorts""#);
}

#[test]
fn node_runtime_error_may_be_in_the_line_below_or_in_another_event() {
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \t\n{\"errorType\":\"TypeError\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled message="Invoke Error \t\n{\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \t\r\n{\n  \"errorType\": \"TypeError\"\n}\n"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled message="Invoke Error \t\r\n{\n  \"errorType\": \"TypeError\"\n}\n""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tUncaught Exception \t\n"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z failure=Unhandled message="Uncaught Exception \t\n""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error\n{\"errorType\":\"TypeError\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z message="Invoke Error\n{\"errorType\":\"TypeError\"}""#);
}

#[test]
fn ids_of_tracers_before_a_node_runtime_error_are_skipped() {
    let error = |prefix: &str| {
        let line = summary(&format!(
            "2026-03-04T10:00:00.123Z\ta\tERROR\t{prefix}Invoke Error \t{{\"errorType\":\"TypeError\"}}"
        ));
        line.split_once(" message=").map(|(before, _)| before.to_owned()).unwrap()
    };
    assert_snapshot!(error("[dd.trace_id=7310284619930021847 dd.span_id=5520173948811200931] "), @"node level=ERROR id=a context=6573592159ee2fd7/4c9b98f59541c9a3 at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled");
    assert_snapshot!(error("[!dt dt.trace_id=4bf92f3577b34da6a3ce929d0e0e4736,dt.span_id=00f067aa0ba902b7] "), @"node level=ERROR id=a context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7 at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled");
    assert_snapshot!(error("trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 "), @"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled");
    assert_snapshot!(error("[cart] [v2] "), @"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled");
    assert_snapshot!(error("NR-LINKING|MTIz|host|4bf92f|00f0|orders| "), @"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled");
    assert_snapshot!(error("retried after: "), @"node level=ERROR id=a at=2026-03-04T10:00:00.123Z");
    assert_snapshot!(error("[cut off "), @"node level=ERROR id=a at=2026-03-04T10:00:00.123Z");
}

#[test]
fn node_prefix_may_lack_the_request_id_the_level_or_the_tabs() {
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\t-\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\"}"), @r#"node level=ERROR at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled message="Invoke Error \t{\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("2018-03-04T10:00:00.123Z\t8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\tloading order 7"), @r#"node id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2018-03-04T10:00:00.123Z message="loading order 7""#);
    assert_snapshot!(summary("2018-03-04T10:00:00.123Z\t8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\t{\"errorMessage\":\"no order\",\"errorType\":\"Error\",\"stackTrace\":[]}"), @r#"node level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2018-03-04T10:00:00.123Z error=Error failure=UnhandledIfLast message="{\"errorMessage\":\"no order\",\"errorType\":\"Error\",\"stackTrace\":[]}""#);
    assert_snapshot!(summary("2018-03-04T10:00:00.123Z\tan order\tis here"), @"text");
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c ERROR Invoke Error  {\"errorType\":\"TypeError\"}"), @r#"node level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2026-03-04T10:00:00.123Z error=TypeError failure=Unhandled message="Invoke Error  {\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z    undefined    INFO    loading"), @r#"node level=INFO at=2026-03-04T10:00:00.123Z message="loading""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z order INFO sold"), @"text");
}

#[test]
fn v8_heap_out_of_memory_is_recognised() {
    assert_snapshot!(summary("FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory\n"), @"node level=FATAL failure=OutOfMemory");
    assert_snapshot!(summary("\n<--- Last few GCs --->\n\n[8:0x5]  1 ms: Mark-sweep\n\nFATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory\n 1: 0xb0"), @"node level=FATAL failure=OutOfMemory");
    assert_snapshot!(summary("FATAL ERROR: v8::ToLocalChecked Empty MaybeLocal"), @"text");
    assert_snapshot!(summary("FATAL ERROR: no JavaScript heap out of memory here"), @"text");
}

#[test]
fn python_prefix_is_parsed() {
    assert_snapshot!(summary("[INFO]\t2026-03-04T10:00:00.123Z\ta\thello"), @r#"python level=INFO id=a at=2026-03-04T10:00:00.123Z message="hello""#);
    assert_snapshot!(summary("[CRITICAL]\t2026-03-04T10:00:00.123Z\ta\thello\tworld\n"), @r#"python level=FATAL id=a at=2026-03-04T10:00:00.123Z message="hello\tworld\n""#);
    assert_snapshot!(summary("[WARNING]\t2026-03-04T10:00:00.123Z\t\tLAMBDA_WARNING: Unhandled exception. The most likely cause"), @r#"python level=WARN at=2026-03-04T10:00:00.123Z message="LAMBDA_WARNING: Unhandled exception. The most likely cause""#);
    assert_snapshot!(summary("[Level 25]\t2026-03-04T10:00:00.123Z\ta\thello"), @r#"python id=a at=2026-03-04T10:00:00.123Z message="hello""#);
    assert_snapshot!(summary("[INFO]\thello"), @"text level=INFO");
}

#[test]
fn python_uncaught_errors_are_recognised() {
    assert_snapshot!(summary("[ERROR] ValueError: boom\nTraceback (most recent call last):\n  File \"app.py\""), @r#"python level=ERROR error=ValueError failure=Unhandled message="ValueError: boom\nTraceback (most recent call last):\n  File \"app.py\"""#);
    assert_snapshot!(summary("[ERROR] KeyError: 'id'\rTraceback (most recent call last):\r  File \"app.py\""), @r#"python level=ERROR error=KeyError failure=Unhandled message="KeyError: 'id'\rTraceback (most recent call last):\r  File \"app.py\"""#);
    assert_snapshot!(summary("[ERROR] ValueError\nTraceback (most recent call last):\n"), @r#"python level=ERROR error=ValueError failure=Unhandled message="ValueError\nTraceback (most recent call last):\n""#);
    assert_snapshot!(summary("[ERROR] botocore.exceptions.ClientError: two\nlines\nTraceback (most recent call last):\n"), @r#"python level=ERROR error=botocore.exceptions.ClientError failure=Unhandled message="botocore.exceptions.ClientError: two\nlines\nTraceback (most recent call last):\n""#);
    assert_snapshot!(summary("[ERROR] Runtime.HandlerNotFound: Handler 'x' missing on module 'app'"), @r#"python level=ERROR error=Runtime.HandlerNotFound failure=Unhandled message="Runtime.HandlerNotFound: Handler 'x' missing on module 'app'""#);
    assert_snapshot!(summary("[ERROR] KeyError: 'id' Traceback (most recent call last):   File \"/var/task/app.py\", line 7, in handler"), @r#"python level=ERROR error=KeyError failure=Unhandled message="KeyError: 'id' Traceback (most recent call last):   File \"/var/task/app.py\", line 7, in handler""#);
    assert_snapshot!(summary("[ERROR] KeyError: 'id'\n\nTraceback (most recent call last):\n\n  File \"app.py\""), @r#"python level=ERROR error=KeyError failure=Unhandled message="KeyError: 'id'\n\nTraceback (most recent call last):\n\n  File \"app.py\"""#);
    assert_snapshot!(summary("[ERROR] MemoryError"), @r#"python level=ERROR error=MemoryError failure=OutOfMemory message="MemoryError""#);
    assert_snapshot!(summary("[ERROR] MemoryError: no room\nTraceback (most recent call last):\n"), @r#"python level=ERROR error=MemoryError failure=OutOfMemory message="MemoryError: no room\nTraceback (most recent call last):\n""#);
}

#[test]
fn java_level_is_parsed() {
    assert_snapshot!(summary("[INFO] hello"), @r#"java level=INFO message="hello""#);
    assert_snapshot!(summary("[FATAL] hello [again]"), @r#"java level=FATAL message="hello [again]""#);
    assert_snapshot!(summary("[ERROR] ValueError: boom"), @r#"java level=ERROR message="ValueError: boom""#);
    assert_snapshot!(summary("[main] hello"), @"text");
    assert_snapshot!(summary("[1, 2, 3]"), @"text");
}

#[test]
fn java_out_of_memory_is_recognised_in_three_forms() {
    assert_snapshot!(summary("java.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)"), @"java level=ERROR error=java.lang.OutOfMemoryError failure=OutOfMemory");
    assert_snapshot!(summary("java.lang.OutOfMemoryError"), @"java level=ERROR error=java.lang.OutOfMemoryError failure=OutOfMemory");
    assert_snapshot!(summary("Exception in thread \"main\" java.lang.OutOfMemoryError: Metaspace"), @"java level=ERROR error=java.lang.OutOfMemoryError failure=OutOfMemory");
    assert_snapshot!(summary("Java heap space: java.lang.OutOfMemoryError\njava.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)"), @"java level=ERROR error=java.lang.OutOfMemoryError failure=OutOfMemory");
    assert_snapshot!(summary("Exception in thread \"main\" java.lang.IllegalStateException"), @"text");
    assert_snapshot!(summary("java.lang.OutOfMemoryErrors are rare"), @"text");
}

#[test]
fn dotnet_prefix_with_four_letter_level_is_parsed() {
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tinfo\thello"), @r#"dotnet level=INFO id=a at=2026-03-04T10:00:00.123Z message="hello""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tfail\thello\n"), @r#"dotnet level=ERROR id=a at=2026-03-04T10:00:00.123Z message="hello\n""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tcrit\thello"), @r#"dotnet level=FATAL id=a at=2026-03-04T10:00:00.123Z message="hello""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\ttrce\thello"), @r#"dotnet level=TRACE id=a at=2026-03-04T10:00:00.123Z message="hello""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tdbug\thello"), @r#"dotnet level=DEBUG id=a at=2026-03-04T10:00:00.123Z message="hello""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tok\thello"), @"text");
}

#[test]
fn dotnet_exception_is_a_failure_only_if_it_is_last() {
    let level_and_failure = |text: &str| {
        let line = summary(&format!("2026-03-04T10:00:00.123Z\ta\t{text}"));
        line.split_once(" message=")
            .map(|(before, _)| before.replace(" id=a at=2026-03-04T10:00:00.123Z", ""))
            .unwrap()
    };
    assert_snapshot!(level_and_failure("fail\tSystem.FormatException: no number\n   at Billing.Parse()"), @"dotnet level=ERROR error=System.FormatException failure=UnhandledIfLast");
    assert_snapshot!(level_and_failure("fail\tSystem.FormatException: no number    at Billing.Parse()"), @"dotnet level=ERROR error=System.FormatException failure=UnhandledIfLast");
    assert_snapshot!(level_and_failure("fail\tBilling.NoRate: XPF\n   at Billing.Rates.Of()"), @"dotnet level=ERROR error=Billing.NoRate failure=UnhandledIfLast");
    assert_snapshot!(level_and_failure("crit\tSystem.OutOfMemoryException: x"), @"dotnet level=FATAL error=System.OutOfMemoryException failure=UnhandledIfLast");
    assert_snapshot!(level_and_failure("fail\tBilling.NoRate: XPF"), @"dotnet level=ERROR");
    assert_snapshot!(level_and_failure("fail\tretrying once"), @"dotnet level=ERROR");
    assert_snapshot!(level_and_failure("fail\tcaught System.FormatException: no number"), @"dotnet level=ERROR");
    assert_snapshot!(level_and_failure("warn\tSystem.FormatException: no number\n   at Billing.Parse()"), @"dotnet level=WARN");
}

#[test]
fn dotnet_crashes_are_recognised() {
    assert_snapshot!(summary("Unhandled exception. System.OutOfMemoryException: Array dimensions exceeded"), @"dotnet level=ERROR error=System.OutOfMemoryException failure=OutOfMemory");
    assert_snapshot!(summary("System.OutOfMemoryException: Exception of type 'System.OutOfMemoryException' was thrown."), @"dotnet level=ERROR error=System.OutOfMemoryException failure=OutOfMemory");
    assert_snapshot!(summary("Unhandled exception. System.ArgumentException: no tea"), @"dotnet level=ERROR error=System.ArgumentException failure=Unhandled");
    assert_snapshot!(summary("Unhandled exception. It happens."), @"text");
    assert_snapshot!(summary("System.ArgumentException: no tea"), @"text");
    assert_snapshot!(summary("System.OutOfMemoryException was caught"), @"text");
}

#[test]
fn ruby_logger_lines_with_and_without_request_id_are_parsed() {
    assert_snapshot!(summary("I, [2024-01-01T00:00:00.123456 #8]  INFO -- : hello"), @r#"ruby level=INFO at=2024-01-01T00:00:00.123456 message="hello""#);
    assert_snapshot!(summary("E, [2024-01-01T00:00:00.123456 #8 a] ERROR -- : hello -- again"), @r#"ruby level=ERROR id=a at=2024-01-01T00:00:00.123456 message="hello -- again""#);
    assert_snapshot!(summary("W, [2024-01-01T00:00:00.123456 #8]  WARN a -- app: hello"), @r#"ruby level=WARN id=a at=2024-01-01T00:00:00.123456 message="hello""#);
    assert_snapshot!(summary("D, [2024-01-01T00:00:00.123456 #8] DEBUG -- : "), @r#"ruby level=DEBUG at=2024-01-01T00:00:00.123456 message="""#);
    assert_snapshot!(summary("F, [2024-01-01T00:00:00.123456 #8] FATAL -- : hello"), @r#"ruby level=FATAL at=2024-01-01T00:00:00.123456 message="hello""#);
    assert_snapshot!(summary("A, [2024-01-01T00:00:00.123456 #8]   ANY -- : hello"), @r#"ruby at=2024-01-01T00:00:00.123456 message="hello""#);
    assert_snapshot!(summary("I, [2024] INFO -- : hello"), @"text");
    assert_snapshot!(summary("I, robot -- a book: good"), @"text");
}

#[test]
fn ruby_uncaught_errors_are_recognised() {
    assert_snapshot!(summary("Error raised from handler method\n{\n  \"errorMessage\": \"boom\",\n  \"errorType\": \"Function<RuntimeError>\",\n  \"stackTrace\": []\n}\n"), @"ruby level=ERROR error=Function<RuntimeError> failure=Unhandled");
    assert_snapshot!(summary("Error raised from handler method{\"errorType\":\"Function<NoMemoryError>\"}"), @"ruby level=ERROR error=Function<NoMemoryError> failure=OutOfMemory");
    assert_snapshot!(summary("Error raised from handler method\n{}"), @"ruby level=ERROR failure=Unhandled");
    assert_snapshot!(summary("Error raised from handler method\n"), @"ruby level=ERROR failure=Unhandled");
    assert_snapshot!(summary("Error raised from handler method of mine"), @"text");
    assert_snapshot!(summary("Critical exception from handler\n{\n  \"errorMessage\": \"boom\",\n  \"errorType\": \"Function<NoMethodError>\"\n}"), @"ruby level=ERROR error=Function<NoMethodError> failure=Unhandled");
    assert_snapshot!(summary("Critical exception from handler {   \"errorMessage\": \"boom\",   \"errorType\": \"Function<LoadError>\" }"), @"ruby level=ERROR error=Function<LoadError> failure=Unhandled");
    assert_snapshot!(summary("Critical exception from handler"), @"ruby level=ERROR failure=Unhandled");
    assert_snapshot!(summary("Init error when loading handler app.run\n{\"errorType\":\"Init<LoadError>\"}"), @"ruby level=ERROR error=Init<LoadError> failure=Unhandled");
    assert_snapshot!(summary("Critical exception from handler was caught"), @"text");
    assert_snapshot!(summary("Init error when loading handler app.run: retrying"), @"text");
}

#[test]
fn ruby_out_of_memory_with_a_location_is_recognised() {
    assert_snapshot!(summary("app.rb:7:in 'Integer#times': failed to allocate memory (NoMemoryError)\n\tfrom app.rb:9"), @"ruby level=ERROR error=NoMemoryError failure=OutOfMemory");
    assert_snapshot!(summary("app.rb:7: failed to allocate memory (NoMemoryError)"), @"ruby level=ERROR error=NoMemoryError failure=OutOfMemory");
    assert_snapshot!(summary("it says: failed to allocate memory (NoMemoryError)"), @"text");
    assert_snapshot!(summary("app.rb:7:in 'x': stack level too deep (SystemStackError)"), @"text");
}

#[test]
fn go_logger_lines_are_parsed() {
    assert_snapshot!(summary("2023/11/04 10:00:00 hello"), @r#"go at=2023/11/04 10:00:00 message="hello""#);
    assert_snapshot!(summary("2023/11/04 10:00:00.123456 hello\n"), @r#"go at=2023/11/04 10:00:00.123456 message="hello\n""#);
    assert_snapshot!(summary("2023/11/04 10:00:00 ERROR no order id=7"), @r#"go level=ERROR at=2023/11/04 10:00:00 message="ERROR no order id=7""#);
    assert_snapshot!(summary("2023/11/04 10:00:00 {\"level\":\"warn\"}"), @r#"go level=WARN at=2023/11/04 10:00:00 message="{\"level\":\"warn\"}""#);
    assert_snapshot!(summary("2023/11/04 hello"), @"text");
    assert_snapshot!(summary("2023/11/04 10:00:00"), @"text");
    assert_snapshot!(summary("2023-11-04 10:00:00 hello"), @"text");
}

#[test]
fn go_crashes_are_recognised() {
    assert_snapshot!(summary("fatal error: runtime: out of memory\n\nruntime stack:"), @"go level=FATAL failure=OutOfMemory");
    assert_snapshot!(summary("panic: runtime error: index out of range [1] with length 1"), @"go level=FATAL failure=Unhandled");
    assert_snapshot!(summary("fatal error: no tea"), @"text");
    assert_snapshot!(summary("panic over"), @"text");
}

#[test]
fn unknown_lines_are_plain_text() {
    assert_snapshot!(summary(""), @"text");
    assert_snapshot!(summary("\n"), @"text");
    assert_snapshot!(summary("hello"), @"text");
    assert_snapshot!(summary("{not json}"), @"text");
    assert_snapshot!(summary("{\"cut\":\"of"), @"text");
    assert_snapshot!(summary("{\"a\":1} and more"), @"text");
    assert_snapshot!(summary("\u{1f980} hello"), @"text");
}

#[test]
fn printed_stack_is_an_error_but_no_failure() {
    assert_snapshot!(summary("Exception in thread \"main\" java.lang.IllegalStateException: no tea\n\tat shop.Cart.total(Cart.java:7)"), @"text level=ERROR error=java.lang.IllegalStateException");
    assert_snapshot!(summary("System.FormatException\n   at Shop.Cart.Total() in /src/Cart.cs:line 3"), @"text level=ERROR error=System.FormatException");
    assert_snapshot!(summary("java.lang.IllegalStateException: no tea"), @"text");
    assert_snapshot!(summary("no tea: Exception\n  at noon"), @"text");
    assert_snapshot!(summary("Exceptions: 3\n    at run (/var/task/index.js:3:5)"), @"text");
}

#[test]
fn first_line_of_a_rust_panic_is_fatal() {
    assert_snapshot!(summary("thread 'main' panicked at src/main.rs:3:5:"), @"text level=FATAL");
    assert_snapshot!(summary("thread 'tokio-runtime-worker' (17) panicked at 'no tea', src/main.rs:3:5"), @"text level=FATAL");
    assert_snapshot!(summary("thread 'main' has overflowed its stack"), @"text");
    assert_snapshot!(summary("the thread 'main' panicked at noon"), @"text");
}
