use insta::assert_snapshot;

use super::summary;

#[test]
fn handler_that_could_not_be_loaded_is_a_failure_if_nothing_follows() {
    assert_snapshot!(summary("Unable to import module 'app': No module named requests"), @"text level=ERROR failure=UnhandledIfLast");
    assert_snapshot!(summary("Unable to import module 'index': Error\n    at Function.Module._resolveFilename (module.js:469:15)"), @"text level=ERROR error=Error failure=UnhandledIfLast");
    assert_snapshot!(summary("module initialization error: 'TABLE'\n"), @"text level=ERROR failure=UnhandledIfLast");
    assert_snapshot!(summary("module initialization error: ReferenceError\n    at Object.<anonymous> (/var/task/index.js:1:63)"), @"text level=ERROR error=ReferenceError failure=UnhandledIfLast");
    assert_snapshot!(summary("Syntax error in module 'app': invalid syntax (app.py, line 3)"), @"text level=ERROR failure=UnhandledIfLast");
    assert_snapshot!(summary("Handler 'run' missing on module 'app'"), @"text level=ERROR failure=UnhandledIfLast");
    assert_snapshot!(summary("Bad handler 'app': not enough values to unpack"), @"text level=ERROR failure=UnhandledIfLast");
    assert_snapshot!(summary("Unable to marshal response: Object of type Decimal is not JSON serializable"), @"text level=ERROR failure=UnhandledIfLast");
    assert_snapshot!(summary("Class not found: shop.Cart: java.lang.ClassNotFoundException\njava.lang.ClassNotFoundException: shop.Cart\n\tat java.net.URLClassLoader.findClass(URLClassLoader.java:381)"), @"text level=ERROR error=java.lang.ClassNotFoundException failure=UnhandledIfLast");
    assert_snapshot!(summary("Error loading method run on class shop.Cart: java.lang.NoSuchMethodException"), @"text level=ERROR error=java.lang.NoSuchMethodException failure=UnhandledIfLast");
    assert_snapshot!(summary("Unable to load type 'Shop.Cart' from assembly 'Shop'.: LambdaException"), @"text level=ERROR error=LambdaException failure=UnhandledIfLast");
    assert_snapshot!(summary("fork/exec /var/task/main: no such file or directory: PathError\nnull"), @"text level=ERROR error=PathError failure=UnhandledIfLast");
}

#[test]
fn error_with_its_type_behind_the_message_is_a_failure_if_nothing_follows() {
    assert_snapshot!(summary("'id': KeyError\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 4, in run\nKeyError: 'id'\n"), @"python level=ERROR error=KeyError failure=UnhandledIfLast");
    assert_snapshot!(summary("no rate: shop.NoRate\nshop.NoRate: no rate\n\tat shop.Rates.of(Rates.java:7)\n"), @"java level=ERROR error=shop.NoRate failure=UnhandledIfLast");
    assert_snapshot!(summary("no number: FormatException\n   at Shop.Parse() in /src/Parse.cs:line 3"), @"dotnet level=ERROR error=FormatException failure=UnhandledIfLast");
    assert_snapshot!(summary("no order: TypeError\n    at run (/var/task/index.js:3:5)"), @"node level=ERROR error=TypeError failure=UnhandledIfLast");
    assert_snapshot!(summary("no rows in result set: errorString\nnull\n"), @"go level=ERROR error=errorString failure=UnhandledIfLast");
    assert_snapshot!(summary("Java heap space: java.lang.OutOfMemoryError\njava.lang.OutOfMemoryError: Java heap space\n\tat a.B.c(B.java:1)"), @"java level=ERROR error=java.lang.OutOfMemoryError failure=OutOfMemory");
    assert_snapshot!(summary("no rate: shop.NoRate\nshop.NoRates: no rate\n"), @"text");
    assert_snapshot!(summary("java.lang.IllegalStateException: no rate\n\tat shop.Rates.of(Rates.java:7)\n"), @"text level=ERROR error=java.lang.IllegalStateException");
    assert_snapshot!(summary("TypeError: refused\n    at run (/var/task/index.js:3:5)"), @"text level=ERROR error=TypeError");
    assert_snapshot!(summary("failed: refused\nTraceback (most recent call last):\n  File \"app.py\", line 4, in run\nKeyError: 'id'\n"), @"text");
    assert_snapshot!(summary("TypeError: no order\n    at run (/var/task/index.js:3:5)"), @"text level=ERROR error=TypeError");
}
