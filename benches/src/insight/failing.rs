//! Functions in every runtime that fail with known errors, of which the second version brings one.

use std::rc::Rc;

use super::{
    EnvironmentRuns,
    simulation::{Behaviour, Group, RunNumber},
};
use crate::{
    fleet::base_function,
    model::{Function, LogFormat, Outcome, Runtime, SystemLogLevel, UnhandledError},
    rng::Rng,
    timestamp::Timestamp,
};

/// Error: its stack, and the function and file that it is expected to be attributed to.
#[derive(Clone, Copy)]
struct Cause {
    stack: &'static [&'static str],
    culprit: &'static str,
}

/// Function in one runtime: its name, the old error and the one that version 2 brings.
struct Failing {
    runtime: Runtime,
    name: &'static str,
    error_type: &'static str,
    causes: [Cause; 2],
}

const FAILING: [Failing; 7] = [
    Failing {
        runtime: Runtime::Node,
        name: "errors-node",
        error_type: "TypeError",
        causes: [
            Cause {
                stack: &["price (/var/task/price.js:41:18)", "async handler (/var/task/index.js:22:9)"],
                culprit: "price (price.js)",
            },
            Cause {
                stack: &["read (/var/task/node_modules/pg/lib.js:3:1)", "stock (/var/task/stock.js:7:2)"],
                culprit: "stock (stock.js)",
            },
        ],
    },
    Failing {
        runtime: Runtime::Python,
        name: "errors-python",
        error_type: "KeyError",
        causes: [
            Cause {
                stack: &[
                    r#"File "/var/task/price.py", line 41, in price"#,
                    r#"File "/var/task/app.py", line 9, in handler"#,
                ],
                culprit: "price (price.py)",
            },
            Cause {
                stack: &[
                    r#"File "/opt/python/lib/site-packages/x.py", line 1, in get"#,
                    r#"File "/var/task/app.py", line 12, in handler"#,
                ],
                culprit: "handler (app.py)",
            },
        ],
    },
    Failing {
        runtime: Runtime::Java,
        name: "errors-java",
        error_type: "java.lang.IllegalStateException",
        causes: [
            Cause {
                stack: &["com.shop.Cart.total(Cart.java:12)"],
                culprit: "com.shop.Cart.total (Cart.java)",
            },
            Cause {
                stack: &[
                    "java.base/java.util.Map.get(Map.java:1)",
                    "com.shop.Stock.lambda$load$0(Stock.java:8)",
                ],
                culprit: "com.shop.Stock.load (Stock.java)",
            },
        ],
    },
    Failing {
        runtime: Runtime::DotNet,
        name: "errors-dotnet",
        error_type: "System.InvalidOperationException",
        causes: [
            Cause {
                stack: &["Shop.Cart.Total(Int32 id) in /src/Cart.cs:line 12"],
                culprit: "Shop.Cart.Total (Cart.cs)",
            },
            Cause {
                stack: &[
                    "System.Linq.Enumerable.First()",
                    "Shop.Stock.<Load>d__4.MoveNext() in /src/Stock.cs:line 8",
                ],
                culprit: "Shop.Stock.Load (Stock.cs)",
            },
        ],
    },
    Failing {
        runtime: Runtime::Ruby,
        name: "errors-ruby",
        error_type: "TypeError",
        causes: [
            Cause { stack: &["/var/task/cart.rb:12:in 'total'"], culprit: "total (cart.rb)" },
            Cause {
                stack: &["/var/task/vendor/gems/x.rb:1:in 'get'", "/var/task/stock.rb:8:in 'load'"],
                culprit: "load (stock.rb)",
            },
        ],
    },
    Failing {
        runtime: Runtime::Go,
        name: "errors-go",
        error_type: "panic",
        causes: [
            Cause {
                stack: &[
                    "panic: assignment to entry in nil map",
                    "",
                    "goroutine 1 [running]:",
                    "main.total(0xc000012345)",
                    "\t/src/cart.go:12 +0x1d",
                ],
                culprit: "main.total (cart.go)",
            },
            Cause {
                stack: &[
                    "panic: runtime error: index out of range [5] with length 3",
                    "",
                    "goroutine 7 [running]:",
                    "main.(*Stock).load(...)",
                    "\t/src/stock.go:8 +0x3a",
                    "github.com/aws/aws-lambda-go/lambda.Start(...)",
                    "\t/go/lambda.go:9 +0x3",
                ],
                culprit: "main.(*Stock).load (stock.go)",
            },
        ],
    },
    Failing {
        runtime: Runtime::Rust,
        name: "errors-rust",
        error_type: "panic",
        causes: [
            Cause {
                stack: &["thread 'main' panicked at src/cart.rs:12:5:", "no price for order 17"],
                culprit: "cart.rs",
            },
            Cause {
                stack: &[
                    "thread 'main' panicked at src/stock.rs:8:1:",
                    "index out of bounds: the len is 3 but the index is 5",
                    "stack backtrace:",
                    "   0: core::panicking::panic_fmt",
                    "             at /rustc/abc/panicking.rs:80:14",
                    "   1: shop::stock::load::h0123456789abcdef",
                    "             at ./src/stock.rs:8:1",
                ],
                culprit: "shop::stock::load (stock.rs)",
            },
        ],
    },
];

/// Function and file that an error with this stack is expected to be attributed to.
pub(super) fn culprit(stack: &[&str]) -> &'static str {
    let causes = || FAILING.iter().flat_map(|failing| failing.causes);
    causes().find(|cause| cause.stack == stack).map_or("?", |cause| cause.culprit)
}

/// Level of a line that tells an error; `None` for other lines. Of a crash, only the first line has a level.
pub(super) fn level_of(message: &str) -> Option<&'static str> {
    let is_crash = |failing: &&Failing| matches!(failing.runtime, Runtime::Go | Runtime::Rust);
    let mut stacks =
        FAILING.iter().filter(is_crash).flat_map(|failing| failing.causes).map(|cause| cause.stack);
    let line = message.trim_end_matches('\n');
    let crash = stacks.find_map(|stack| stack.iter().position(|of_stack| *of_stack == line));
    match crash {
        Some(0) => Some("FATAL"),
        Some(_) => Some("none"),
        None => message.contains("no price for order").then_some("ERROR"),
    }
}

/// Generates the runs: a tenth fails with the old error, since version 2 another tenth with the new one.
pub(super) fn failing(begin: Timestamp, rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let mut all = Vec::new();
    for failing in &FAILING {
        let function = failing.function();
        for (version, new) in [("1", false), ("2", true)] {
            let group = Group {
                function: &function,
                version,
                created: Timestamp(begin.0 + if new { 3_600_000 } else { 0 }),
                every_ms: 60_000,
                environments: 2,
                runs: 100,
                pause_ms: (500, 4_000),
            };
            all.append(&mut group.simulate(rng, |number, rng| failing.behaviour(number, new, rng)));
        }
    }
    all
}

impl Failing {
    fn function(&self) -> Rc<Function> {
        let is_json = matches!(self.runtime, Runtime::Java | Runtime::DotNet);
        let log_format = if is_json { LogFormat::Json(SystemLogLevel::Info) } else { LogFormat::Text };
        Rc::new(Function { log_format, ..base_function(self.name, self.runtime) })
    }

    fn behaviour(&self, number: RunNumber, has_new: bool, rng: &mut Rng) -> Behaviour {
        let outcome = match number.run % 10 {
            3 => self.outcome(self.causes[0], rng),
            7 if has_new => self.outcome(self.causes[1], rng),
            _ => Outcome::Success,
        };
        Behaviour { duration: rng.between(1_000, 9_000), max_memory_mib: 90, outcome, tenant: None }
    }

    fn outcome(&self, cause: Cause, rng: &mut Rng) -> Outcome {
        match self.runtime {
            Runtime::Go | Runtime::Rust => Outcome::Panicked(cause.stack),
            Runtime::Node | Runtime::Python | Runtime::Java | Runtime::DotNet | Runtime::Ruby => {
                let message = format!("no price for order {}", rng.between(1, 9_999));
                Outcome::UnhandledError(UnhandledError {
                    error_type: self.error_type,
                    message,
                    frames: cause.stack,
                })
            }
        }
    }
}
