use insta::assert_snapshot;

use super::says;

#[test]
fn node_writes_time_id_and_level() {
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tINFO\thello\tworld"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z says="hello\tworld""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\tundefined\tWARN\tstarting"), @r#"node level=WARN at=2026-03-04T10:00:00.123Z says="starting""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\t\tTRACE\t"), @r#"node level=TRACE at=2026-03-04T10:00:00.123Z says="""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tFATAL\tx"), @r#"node level=FATAL id=a at=2026-03-04T10:00:00.123Z says="x""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tDEBUG\tx\n"), @r#"node level=DEBUG id=a at=2026-03-04T10:00:00.123Z says="x\n""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tLOUD\tx"), @"text");
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta b\tINFO\tx"), @"text");
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tINFO"), @"text");
}

#[test]
fn node_s_runtime_puts_a_tab_before_what_ended_the_handler() {
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=TypeError sign=Unhandled says="Invoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"x\"}""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tUncaught Exception \t{\"errorType\":\"Error\"}\n"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=Error sign=Unhandled says="Uncaught Exception \t{\"errorType\":\"Error\"}\n""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tUnhandled Promise Rejection \t{\"errorType\":\"Runtime.UnhandledPromiseRejection\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z error=Runtime.UnhandledPromiseRejection sign=Unhandled says="Unhandled Promise Rejection \t{\"errorType\":\"Runtime.UnhandledPromiseRejection\"}""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error\t{\"errorMessage\":\"x\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z sign=Unhandled says="Invoke Error\t{\"errorMessage\":\"x\"}""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \t{\"errorType\":\"Cut"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z sign=Unhandled says="Invoke Error \t{\"errorType\":\"Cut""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error {\"errorType\":\"TypeError\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z says="Invoke Error {\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tINFO\tInvoke Error \t{\"errorType\":\"TypeError\"}"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z says="Invoke Error \t{\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tInvoke Error \tof sorts"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z says="Invoke Error \tof sorts""#);
}

#[test]
fn v8_says_that_its_heap_is_full() {
    assert_snapshot!(says("FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory\n"), @"node level=FATAL sign=OutOfMemory");
    assert_snapshot!(says("\n<--- Last few GCs --->\n\n[8:0x5]  1 ms: Mark-sweep\n\nFATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory\n 1: 0xb0"), @"node level=FATAL sign=OutOfMemory");
    assert_snapshot!(says("FATAL ERROR: v8::ToLocalChecked Empty MaybeLocal"), @"text");
    assert_snapshot!(says("FATAL ERROR: no JavaScript heap out of memory here"), @"text");
}

#[test]
fn python_writes_level_time_and_id() {
    assert_snapshot!(says("[INFO]\t2026-03-04T10:00:00.123Z\ta\thello"), @r#"python level=INFO id=a at=2026-03-04T10:00:00.123Z says="hello""#);
    assert_snapshot!(says("[CRITICAL]\t2026-03-04T10:00:00.123Z\ta\thello\tworld\n"), @r#"python level=FATAL id=a at=2026-03-04T10:00:00.123Z says="hello\tworld\n""#);
    assert_snapshot!(says("[WARNING]\t2026-03-04T10:00:00.123Z\t\tLAMBDA_WARNING: Unhandled exception. The most likely cause"), @r#"python level=WARN at=2026-03-04T10:00:00.123Z says="LAMBDA_WARNING: Unhandled exception. The most likely cause""#);
    assert_snapshot!(says("[Level 25]\t2026-03-04T10:00:00.123Z\ta\thello"), @r#"python id=a at=2026-03-04T10:00:00.123Z says="hello""#);
    assert_snapshot!(says("[INFO]\thello"), @"text");
}

#[test]
fn python_s_runtime_reports_what_nothing_caught() {
    assert_snapshot!(says("[ERROR] ValueError: boom\nTraceback (most recent call last):\n  File \"app.py\""), @r#"python level=ERROR error=ValueError sign=Unhandled says="ValueError: boom\nTraceback (most recent call last):\n  File \"app.py\"""#);
    assert_snapshot!(says("[ERROR] KeyError: 'id'\rTraceback (most recent call last):\r  File \"app.py\""), @r#"python level=ERROR error=KeyError sign=Unhandled says="KeyError: 'id'\rTraceback (most recent call last):\r  File \"app.py\"""#);
    assert_snapshot!(says("[ERROR] ValueError\nTraceback (most recent call last):\n"), @r#"python level=ERROR error=ValueError sign=Unhandled says="ValueError\nTraceback (most recent call last):\n""#);
    assert_snapshot!(says("[ERROR] botocore.exceptions.ClientError: two\nlines\nTraceback (most recent call last):\n"), @r#"python level=ERROR error=botocore.exceptions.ClientError sign=Unhandled says="botocore.exceptions.ClientError: two\nlines\nTraceback (most recent call last):\n""#);
    assert_snapshot!(says("[ERROR] Runtime.HandlerNotFound: Handler 'x' missing on module 'app'"), @r#"python level=ERROR error=Runtime.HandlerNotFound sign=Unhandled says="Runtime.HandlerNotFound: Handler 'x' missing on module 'app'""#);
    assert_snapshot!(says("[ERROR] MemoryError"), @r#"python level=ERROR error=MemoryError sign=OutOfMemory says="MemoryError""#);
    assert_snapshot!(says("[ERROR] MemoryError: no room\nTraceback (most recent call last):\n"), @r#"python level=ERROR error=MemoryError sign=OutOfMemory says="MemoryError: no room\nTraceback (most recent call last):\n""#);
}

#[test]
fn java_writes_a_level_when_it_is_given_one() {
    assert_snapshot!(says("[INFO] hello"), @r#"java level=INFO says="hello""#);
    assert_snapshot!(says("[FATAL] hello [again]"), @r#"java level=FATAL says="hello [again]""#);
    assert_snapshot!(says("[ERROR] ValueError: boom"), @r#"java level=ERROR says="ValueError: boom""#);
    assert_snapshot!(says("[main] hello"), @"text");
    assert_snapshot!(says("[1, 2, 3]"), @"text");
}

#[test]
fn java_runs_out_of_memory_in_three_ways() {
    assert_snapshot!(says("java.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)"), @"java level=ERROR error=java.lang.OutOfMemoryError sign=OutOfMemory");
    assert_snapshot!(says("java.lang.OutOfMemoryError"), @"java level=ERROR error=java.lang.OutOfMemoryError sign=OutOfMemory");
    assert_snapshot!(says("Exception in thread \"main\" java.lang.OutOfMemoryError: Metaspace"), @"java level=ERROR error=java.lang.OutOfMemoryError sign=OutOfMemory");
    assert_snapshot!(says("Java heap space: java.lang.OutOfMemoryError\njava.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)"), @"java level=ERROR error=java.lang.OutOfMemoryError sign=OutOfMemory");
    assert_snapshot!(says("Exception in thread \"main\" java.lang.IllegalStateException"), @"text");
    assert_snapshot!(says("java.lang.OutOfMemoryErrors are rare"), @"text");
}

#[test]
fn dotnet_writes_levels_of_four_letters() {
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tinfo\thello"), @r#"dotnet level=INFO id=a at=2026-03-04T10:00:00.123Z says="hello""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tfail\thello\n"), @r#"dotnet level=ERROR id=a at=2026-03-04T10:00:00.123Z says="hello\n""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tcrit\thello"), @r#"dotnet level=FATAL id=a at=2026-03-04T10:00:00.123Z says="hello""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\ttrce\thello"), @r#"dotnet level=TRACE id=a at=2026-03-04T10:00:00.123Z says="hello""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tdbug\thello"), @r#"dotnet level=DEBUG id=a at=2026-03-04T10:00:00.123Z says="hello""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tok\thello"), @"text");
}

#[test]
fn dotnet_runs_out_of_memory_with_or_without_a_word_before() {
    assert_snapshot!(says("Unhandled exception. System.OutOfMemoryException: Array dimensions exceeded"), @"dotnet level=ERROR error=System.OutOfMemoryException sign=OutOfMemory");
    assert_snapshot!(says("System.OutOfMemoryException: Exception of type 'System.OutOfMemoryException' was thrown."), @"dotnet level=ERROR error=System.OutOfMemoryException sign=OutOfMemory");
    assert_snapshot!(says("Unhandled exception. System.ArgumentException: no tea"), @"text");
    assert_snapshot!(says("System.OutOfMemoryException was caught"), @"text");
}

#[test]
fn ruby_s_logger_may_carry_the_id() {
    assert_snapshot!(says("I, [2024-01-01T00:00:00.123456 #8]  INFO -- : hello"), @r#"ruby level=INFO at=2024-01-01T00:00:00.123456 says="hello""#);
    assert_snapshot!(says("E, [2024-01-01T00:00:00.123456 #8 a] ERROR -- : hello -- again"), @r#"ruby level=ERROR id=a at=2024-01-01T00:00:00.123456 says="hello -- again""#);
    assert_snapshot!(says("W, [2024-01-01T00:00:00.123456 #8]  WARN a -- app: hello"), @r#"ruby level=WARN id=a at=2024-01-01T00:00:00.123456 says="hello""#);
    assert_snapshot!(says("D, [2024-01-01T00:00:00.123456 #8] DEBUG -- : "), @r#"ruby level=DEBUG at=2024-01-01T00:00:00.123456 says="""#);
    assert_snapshot!(says("F, [2024-01-01T00:00:00.123456 #8] FATAL -- : hello"), @r#"ruby level=FATAL at=2024-01-01T00:00:00.123456 says="hello""#);
    assert_snapshot!(says("A, [2024-01-01T00:00:00.123456 #8]   ANY -- : hello"), @r#"ruby at=2024-01-01T00:00:00.123456 says="hello""#);
    assert_snapshot!(says("I, [2024] INFO -- : hello"), @"text");
    assert_snapshot!(says("I, robot -- a book: good"), @"text");
}

#[test]
fn ruby_s_runtime_reports_what_nothing_rescued() {
    assert_snapshot!(says("Error raised from handler method\n{\n  \"errorMessage\": \"boom\",\n  \"errorType\": \"Function<RuntimeError>\",\n  \"stackTrace\": []\n}\n"), @"ruby level=ERROR error=Function<RuntimeError> sign=Unhandled");
    assert_snapshot!(says("Error raised from handler method{\"errorType\":\"Function<NoMemoryError>\"}"), @"ruby level=ERROR error=Function<NoMemoryError> sign=OutOfMemory");
    assert_snapshot!(says("Error raised from handler method\n{}"), @"ruby level=ERROR sign=Unhandled");
    assert_snapshot!(says("Error raised from handler method\n"), @"ruby level=ERROR sign=Unhandled");
    assert_snapshot!(says("Error raised from handler method of mine"), @"text");
}

#[test]
fn ruby_runs_out_of_memory_at_a_place() {
    assert_snapshot!(says("app.rb:7:in 'Integer#times': failed to allocate memory (NoMemoryError)\n\tfrom app.rb:9"), @"ruby level=ERROR error=NoMemoryError sign=OutOfMemory");
    assert_snapshot!(says("app.rb:7: failed to allocate memory (NoMemoryError)"), @"ruby level=ERROR error=NoMemoryError sign=OutOfMemory");
    assert_snapshot!(says("it says: failed to allocate memory (NoMemoryError)"), @"text");
    assert_snapshot!(says("app.rb:7:in 'x': stack level too deep (SystemStackError)"), @"text");
}

#[test]
fn go_logs_with_slashes_in_its_date() {
    assert_snapshot!(says("2023/11/04 10:00:00 hello"), @r#"go at=2023/11/04 10:00:00 says="hello""#);
    assert_snapshot!(says("2023/11/04 10:00:00.123456 hello\n"), @r#"go at=2023/11/04 10:00:00.123456 says="hello\n""#);
    assert_snapshot!(says("2023/11/04 hello"), @"text");
    assert_snapshot!(says("2023/11/04 10:00:00"), @"text");
    assert_snapshot!(says("2023-11-04 10:00:00 hello"), @"text");
}

#[test]
fn go_stops_with_words_of_its_own() {
    assert_snapshot!(says("fatal error: runtime: out of memory\n\nruntime stack:"), @"go level=FATAL sign=OutOfMemory");
    assert_snapshot!(says("panic: runtime error: index out of range [1] with length 1"), @"go level=FATAL sign=Unhandled");
    assert_snapshot!(says("fatal error: no tea"), @"text");
    assert_snapshot!(says("panic over"), @"text");
}

#[test]
fn anything_else_is_text() {
    assert_snapshot!(says(""), @"text");
    assert_snapshot!(says("\n"), @"text");
    assert_snapshot!(says("hello"), @"text");
    assert_snapshot!(says("{not json}"), @"text");
    assert_snapshot!(says("{\"cut\":\"of"), @"text");
    assert_snapshot!(says("{\"a\":1} and more"), @"text");
    assert_snapshot!(says("\u{1f980} hello"), @"text");
}
