use insta::assert_snapshot;

use super::summary;

#[test]
fn level_after_the_time_is_read() {
    assert_snapshot!(summary("2025-10-08 14:38:44.255 ERROR 1 --- [           main] c.s.orders.OrderServlet : no type"), @"text level=ERROR at=2025-10-08 14:38:44.255");
    assert_snapshot!(summary("2025-10-08T14:38:44.279Z  INFO 8 --- [orders] [main] c.s.orders.Handler : POST 404"), @"text level=INFO at=2025-10-08T14:38:44.279Z");
    assert_snapshot!(summary("2025-10-08 14:38:44,255 [main] WARN  com.shop.Cart - empty"), @"text level=WARN at=2025-10-08 14:38:44,255");
    assert_snapshot!(summary("14:38:44.255 [main] ERROR com.shop.Cart -- gone"), @"text level=ERROR");
    assert_snapshot!(summary("2025-10-08 14:38:44 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c ERROR Cart:31 - gone"), @"text level=ERROR id=8edab1f8-7d34-4a8e-a965-15ccbbb78d4c at=2025-10-08 14:38:44");
    assert_snapshot!(summary("2025-10-08 14:38:44,255 - shop.cart - ERROR - gone"), @"text level=ERROR at=2025-10-08 14:38:44,255");
    assert_snapshot!(summary("2025-10-08 14:38:44.255 | WARNING  | __main__:run:7 - empty"), @"text level=WARN at=2025-10-08 14:38:44.255");
    assert_snapshot!(summary("2025-10-08T14:38:44.255123Z ERROR shop::cart: gone"), @"text level=ERROR at=2025-10-08T14:38:44.255123Z");
    assert_snapshot!(summary("2025-10-08T14:38:44.255Z\terror\tcart/main.go:7\tgone"), @"text level=ERROR at=2025-10-08T14:38:44.255Z");
    assert_snapshot!(summary("2025-10-08T14:38:44.255Z [error]: gone"), @"text level=ERROR at=2025-10-08T14:38:44.255Z");
    assert_snapshot!(summary("2025-10-08 14:38:44 UTC | DD_EXTENSION | ERROR | no key"), @"text level=ERROR at=2025-10-08 14:38:44");
}

#[test]
fn level_in_or_after_brackets_is_read() {
    assert_snapshot!(summary("[2025-10-08T14:38:44.255] [ERROR] default - gone"), @"text level=ERROR at=2025-10-08T14:38:44.255");
    assert_snapshot!(summary("[2025-10-08T14:38:44.255123+00:00] app.ERROR: gone {} []"), @"text level=ERROR at=2025-10-08T14:38:44.255123+00:00");
    assert_snapshot!(summary("[2025-10-08T14:38:44Z WARN  shop::cart] empty"), @"text level=WARN at=2025-10-08T14:38:44Z");
    assert_snapshot!(summary("[14:38:44 ERR] gone"), @"text level=ERROR");
    assert_snapshot!(summary("[WARNING] empty"), @"text level=WARN");
    assert_snapshot!(summary("[main] INFO com.shop.Cart - added"), @"text level=INFO");
    assert_snapshot!(summary("[Nest] 1  - 10/08/2025, 2:38:44 PM   ERROR [Cart] gone"), @"text level=ERROR");
}

#[test]
fn level_in_a_fixed_place_is_read() {
    assert_snapshot!(summary("time=2025-10-08T14:38:44.255Z level=ERROR msg=gone id=7"), @"text level=ERROR at=2025-10-08T14:38:44.255Z");
    assert_snapshot!(summary("level=warn ts=2025-10-08T14:38:44.255Z caller=main.go:7 msg=\"is empty\""), @"text level=WARN at=2025-10-08T14:38:44.255Z");
    assert_snapshot!(summary("time=\"2025-10-08T14:38:44Z\" level=info msg=\"added\""), @"text level=INFO at=2025-10-08T14:38:44Z");
    assert_snapshot!(summary("fail: Shop.Cart[0]\n      gone"), @"text level=ERROR");
    assert_snapshot!(summary("ERROR:root:gone"), @"text level=ERROR");
    assert_snapshot!(summary("WARN  [2025-10-08 14:38:44,255] com.shop.Cart: empty"), @"text level=WARN at=2025-10-08 14:38:44,255");
    assert_snapshot!(summary("ERRO[0000] gone"), @"text level=ERROR");
    assert_snapshot!(summary("E1008 14:38:44.255123       1 cart.go:7] gone"), @"text level=ERROR");
    assert_snapshot!(summary("Oct 08, 2025 2:38:44 PM com.shop.Cart add\nSEVERE: gone"), @"text level=ERROR");
    assert_snapshot!(summary("\u{1b}[31merror\u{1b}[39m: gone"), @"text level=ERROR");
    assert_snapshot!(summary("\u{1b}[2m2025-10-08T14:38:44.255Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m cart: gone"), @"text level=ERROR at=2025-10-08T14:38:44.255Z");
}

#[test]
fn level_of_the_inner_record_counts_behind_the_prefix_of_a_runtime() {
    let level = |text: &str| {
        let line = summary(text);
        line.split(' ').find(|word| word.starts_with("level=")).unwrap_or_default().to_owned()
    };
    assert_snapshot!(level("2026-03-04T10:00:00.123Z\ta\tINFO\t{\"level\":\"error\",\"message\":\"gone\"}\n"), @"level=ERROR");
    assert_snapshot!(level("2026-03-04T10:00:00.123Z\ta\tINFO\t{\"level\":50,\"msg\":\"gone\"}\n"), @"level=ERROR");
    assert_snapshot!(level("2026-03-04T10:00:00.123Z\ta\tINFO\t2025-10-08T14:38:44.255Z [warn]: empty"), @"level=WARN");
    assert_snapshot!(level("2026-03-04T10:00:00.123Z\ta\tinfo\t{\"@t\":\"2026-03-04T10:00:00Z\",\"@l\":\"Error\",\"@mt\":\"gone\"}"), @"level=ERROR");
    assert_snapshot!(level("[INFO]\t2026-03-04T10:00:00.123Z\ta\t{\"levelname\":\"ERROR\"}"), @"level=ERROR");
    assert_snapshot!(level("[INFO] {\"level\":\"WARN\"}"), @"level=WARN");
    assert_snapshot!(level("I, [2024-01-01T00:00:00.123456 #8]  INFO -- : {\"level\":\"error\"}"), @"level=ERROR");
    assert_snapshot!(level("2026-03-04T10:00:00.123Z\ta\tWARN\t{\"order\":7}"), @"level=WARN");
    assert_snapshot!(level("2026-03-04T10:00:00.123Z\ta\tERROR\t{\"level\":7}"), @"level=ERROR");
}

#[test]
fn word_in_a_sentence_is_no_level() {
    assert_snapshot!(summary("2025-10-08 14:38:44 got ERROR from upstream"), @"text");
    assert_snapshot!(summary("2025-10-08 14:38:44 error rate is 5 %"), @"text");
    assert_snapshot!(summary("14 ERROR lines"), @"text");
    assert_snapshot!(summary("ERROR in module"), @"text");
    assert_snapshot!(summary("error: gone"), @"text");
    assert_snapshot!(summary("info: see the manual"), @"text");
    assert_snapshot!(summary("level=high tide=low"), @"text");
    assert_snapshot!(summary("time=12 distance=7"), @"text");
    assert_snapshot!(summary("[main] hello"), @"text");
    assert_snapshot!(summary("[error]gone"), @"text");
    assert_snapshot!(summary("E1008 is a code"), @"text");
    assert_snapshot!(summary("INFORMATION: desk 7"), @"text");
    assert_snapshot!(summary("NOTE:root:x"), @"text");
}
