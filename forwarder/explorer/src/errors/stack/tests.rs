use super::read;

/// Checks `outer < root | frames | message`.
fn check(message: &str, expected: &str) {
    let error = read(message);
    let frames: Vec<_> =
        error.frames.iter().map(|frame| format!("{}@{}", frame.function, frame.file)).collect();
    let (outer, root) = (error.outer.as_deref().unwrap_or("-"), error.root.as_deref().unwrap_or("-"));
    assert_eq!(format!("{outer} < {root} | {} | {}", frames.join(" "), error.message), expected, "{message}");
}

#[test]
fn python_frames_are_read_innermost_first() {
    check(
        "KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 5, in handler\n    \
         return price(order)\n  File \"/var/task/shop/price.py\", line 9, in price\n    return order['id']\n  \
         File \"/opt/python/lib/python3.12/site-packages/dict.py\", line 1, in get\n",
        "KeyError < KeyError | price@price.py handler@app.py | 'id'",
    );
}

#[test]
fn python_chain_has_its_root_cause_first() {
    check(
        "cannot pay\nTraceback (most recent call last):\n  File \"/var/task/pay.py\", line 3, in charge\n    \
         socket()\nTimeoutError: no answer\n\nDuring handling of the above exception, another exception \
         occurred:\n\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 8, in handler\n\
         shop.PaymentError: card 17",
        "shop.PaymentError < TimeoutError | charge@pay.py | cannot pay",
    );
}

#[test]
fn python_json_has_a_list_of_frames() {
    check(
        r#"{"log_level":"ERROR","errorMessage":"boom 3","errorType":"ValueError","stackTrace":["  File \"/var/task/app.py\", line 7, in handler\n    raise ValueError(\"boom\")\n"]}"#,
        "ValueError < ValueError | handler@app.py | boom 3",
    );
}

#[test]
fn node_frames_of_the_runtime_and_of_modules_are_left_out() {
    check(
        "TypeError: x is not a function\n    at total (file:///var/task/cart.mjs:3:9)\n    at async \
         Runtime.handleOnce (file:///var/runtime/index.mjs:1173:29)\n    at Object.handler [as h] \
         (/var/task/index.js:9:1)\n    at wrap (/var/task/node_modules/pino/lib.js:4:4)\n    at node:internal/timers:581:17",
        "TypeError < TypeError | total@cart.mjs Object.handler@index.js | x is not a function",
    );
}

#[test]
fn node_cause_is_the_root() {
    check(
        "Error: cannot pay\n    at pay (/var/task/pay.js:3:9) {\n  [cause]: RangeError: 17\n      at parse \
         (/var/task/parse.js:1:2)\n}",
        "Error < RangeError | parse@parse.js | cannot pay",
    );
    check(
        r#"Invoke Error 	{"errorType":"Error","errorMessage":"cannot pay","stack":["Error: cannot pay","    at pay (/var/task/pay.js:3:9)"],"cause":{"errorType":"RangeError","errorMessage":"17","stack":["RangeError: 17","    at parse (/var/task/parse.js:1:2)"]}}"#,
        "Error < RangeError | parse@parse.js | cannot pay",
    );
}

#[test]
fn minified_frames_are_left_out() {
    check(
        "Error: x\n    at t (/var/task/index.js:1:5012)\n    at n (/var/task/index.js:1:88)",
        "Error < Error |  | x",
    );
}

#[test]
fn java_root_cause_has_its_own_frames() {
    check(
        "java.lang.IllegalStateException: no tea\n\tat com.shop.Cart.total(Cart.java:12)\n\tat \
         java.base/java.lang.Thread.run(Thread.java:840)\nCaused by: java.io.IOException: closed\n\tat \
         com.shop.Db.lambda$load$0(Db.java:7)\n\tat com.shop.Db$$Lambda$14/0x0001.apply(Unknown Source)\n\t... 3 more",
        "java.lang.IllegalStateException < java.io.IOException | com.shop.Db.load@Db.java com.shop.Db.apply@ | no tea",
    );
    check(
        r#"{"errorMessage":"no tea","errorType":"java.lang.IllegalStateException","stackTrace":["com.shop.Cart.total(Cart.java:12)","java.base/jdk.internal.Direct.invoke(Unknown Source)"]}"#,
        "java.lang.IllegalStateException < java.lang.IllegalStateException | com.shop.Cart.total@Cart.java | no tea",
    );
}

#[test]
fn dotnet_methods_of_the_compiler_are_those_of_the_source() {
    check(
        "System.InvalidOperationException: no tea\n ---> System.IO.IOException: closed\n   at \
         Shop.Db.<LoadAsync>d__4.MoveNext() in C:\\src\\Db.cs:line 12\n   at System.Runtime.Task.Wait()\n   --- End of \
         inner exception stack trace ---\n   at Shop.Cart.<>c.<Total>b__0_1(Int32 id) in /src/Cart.cs:line 7",
        "System.InvalidOperationException < System.IO.IOException | Shop.Db.LoadAsync@Db.cs | no tea",
    );
}

#[test]
fn ruby_type_is_without_the_runtimes_wrapper() {
    check(
        "Error raised from handler method\n{\"errorMessage\":\"bad\",\"errorType\":\"Function<TypeError>\",\"stackTrace\":[\"/var/task/app.rb:5:in 'total'\",\"/var/task/app.rb:9:in `block in handler'\",\"/var/runtime/lib/run.rb:3:in 'call'\"]}",
        "TypeError < TypeError | total@app.rb handler@app.rb | bad",
    );
}

#[test]
fn go_panic_has_frames_in_two_lines() {
    check(
        "panic: assignment to entry in nil map [recovered]\n\tpanic: again\n\ngoroutine 1 [running]:\npanic({0x1, \
         0x2})\n\t/usr/local/go/src/runtime/panic.go:785 +0x132\nmain.(*Cart).total(0xc000012345, \
         {0x4})\n\t/src/cart.go:12 +0x1d\ngithub.com/aws/aws-lambda-go/lambda.Start(...)\n\t/go/lambda.go:9 +0x3",
        "panic < panic | main.(*Cart).total@cart.go | assignment to entry in nil map [recovered]",
    );
}

#[test]
fn go_json_frames_are_objects() {
    check(
        r#"{"errorMessage":"boom","errorType":"errorString","stackTrace":[{"path":"github.com/aws/aws-lambda-go/lambda/errors.go","line":39,"label":"lambdaPanicResponse"},{"path":"src/cart.go","line":12,"label":"total"}]}"#,
        "errorString < errorString | total@cart.go | boom",
    );
}

#[test]
fn rust_backtrace_is_without_hashes_and_closures() {
    let panic = "thread 'main' panicked at src/cart.rs:12:5:\nindex out of bounds: the len is 3";
    check(panic, "panic < panic |  | index out of bounds: the len is 3");
    assert_eq!(read(panic).culprit().as_deref(), Some("cart.rs"));
    check(
        &format!(
            "{panic}\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/std.rs:1:1\n   1: \
             shop::cart::total::{{{{closure}}}}\n             at ./src/cart.rs:12:5\n   2: \
             shop::handle::h0123456789abcdef\n   3: tokio::run::block_on\n"
        ),
        "panic < panic | shop::cart::total@cart.rs shop::handle@ | index out of bounds: the len is 3",
    );
    check("thread 'a' panicked at 'no tea', src/x.rs:1:2", "panic < panic |  | no tea");
}

#[test]
fn recursion_is_folded() {
    let frame = "    at walk (/var/task/tree.js:4:5)\n";
    check(
        &format!("RangeError: depth\n{}    at handler (/var/task/index.js:1:1)", frame.repeat(50)),
        "RangeError < RangeError | walk@tree.js handler@index.js | depth",
    );
}

#[test]
fn log_message_without_an_error_has_no_type() {
    check("payment: declined", "- < - |  | payment: declined");
    check(r#"{"level":"ERROR","message":"payment 17 failed"}"#, "- < - |  | payment 17 failed");
    check(
        r#"{"level":"ERROR","message":"cannot pay","error":{"name":"RangeError","message":"no tea","stack":"RangeError: no tea\n    at pay (/var/task/pay.js:3:9)"}}"#,
        "RangeError < RangeError | pay@pay.js | no tea",
    );
}

#[test]
fn hostile_text_is_read_within_bounds() {
    for text in ["", "{", "at ", "Caused by: ", "thread '' panicked at ", "panic: ", "[cause]: ", ":1:1"] {
        assert!(read(text).frames.is_empty());
    }
    let nested = format!("{}{}", "{\"cause\":".repeat(100_000), "}");
    assert!(read(&nested).frames.is_empty());
    let long = format!(
        "Error: x\n{}",
        (0..5_000).map(|n| format!("    at f{n}x (/a/b.js:1:1)\n")).collect::<String>()
    );
    assert_eq!(read(&long).frames.len(), 10);
}
