//! What is sent arrives, and what is answered is read as far as wanted.

use std::sync::Mutex;

use super::*;
use crate::http::Proxy;

fn send(request: Request) -> Response {
    run(client().send(request, PATIENT)).unwrap()
}

#[test]
fn an_answer_is_read_whole_whatever_its_status() {
    for status in [200, 404, 429, 503] {
        let answer = format!("HTTP/1.1 {status} x\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\nno");
        let response = send(post(answering(answer)));
        assert_eq!((response.status, response.body.as_slice(), response.is_cut), (status, &b"no"[..], false));
        assert_eq!(response.header("Retry-After"), Some("7"));
    }
}

#[test]
fn an_answer_that_is_longer_than_wanted_is_cut_and_says_so() {
    let chunked = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    let url = answering(chunked);
    for (limit, body, is_cut) in [(6, "abcdef", false), (5, "abcde", true), (3, "abc", true), (0, "", true)] {
        let response = send(post(url.clone()).answered_within(limit));
        assert_eq!((response.body.as_slice(), response.is_cut), (body.as_bytes(), is_cut));
    }
}

#[test]
fn what_is_sent_is_what_was_asked_for() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let (address, _) = listen(move |mut stream| {
        seen.lock().unwrap().extend(read_request(&mut stream)?);
        stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 0\r\n\r\n")
    });
    let key = HeaderName::from_static("dd-api-key");
    let request = post(format!("http://{address}/a/b?c=d")).with_secret(key, &Secret::new("c4n4ry")).unwrap();
    assert!(!format!("{request:?}").contains("c4n4ry"), "{request:?}");
    send(request);
    let heads = heads.lock().unwrap();
    let head = heads.first().unwrap();
    assert!(head.starts_with("post /a/b?c=d http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ndd-api-key: c4n4ry\r\n") && head.contains("user-agent: tailwater/"), "{head}");
}

#[test]
fn a_header_takes_no_line_break() {
    let request =
        post("http://localhost/").with_secret(HeaderName::from_static("x"), &Secret::new("a\r\nb: c"));
    assert!(request.is_none());
}

#[test]
fn a_connection_is_used_again() {
    let (address, connections) = listen(|mut stream| {
        while read_request(&mut stream)?.is_some() {
            stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok")?;
        }
        Ok(())
    });
    let client = client();
    run(async {
        for _ in 0..3 {
            client.clone().send(post(format!("http://{address}/")), PATIENT).await.unwrap();
        }
    });
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
fn a_connection_that_was_closed_while_idle_costs_no_failure() {
    let closed = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&closed);
    let (address, connections) = listen(move |mut stream| {
        read_request(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok")?;
        drop(stream);
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let client = client();
    run(async {
        for n in 1..=3 {
            client.send(post(format!("http://{address}/")), PATIENT).await.unwrap();
            while closed.load(Ordering::SeqCst) < n {
                tokio::task::yield_now().await;
            }
            // What a frozen sandbox finds when it thaws is there now; the runtime looks at its sockets once in a while.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
        }
    });
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[test]
fn a_body_is_read_piece_by_piece() {
    let length = 3_000_000;
    let mut answer = format!("HTTP/1.1 206 x\r\netag: e\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + length, b'x');
    let url = answering(answer);
    run(async {
        let mut stream = client().open(post(url), PATIENT).await.unwrap();
        assert_eq!((stream.status(), stream.headers()["etag"].as_bytes()), (206, &b"e"[..]));
        let (mut total, mut pieces) = (0, 0);
        while let Some(piece) = stream.chunk().await.unwrap() {
            total += piece.len();
            pieces += 1;
        }
        assert!(total == length && pieces > 5, "{total} bytes in {pieces} pieces");
    });
}

/// A proxy that answers everything itself, with the first line and the login it was given.
fn proxy(login: &str) -> (Proxy, Arc<AtomicU32>) {
    let (address, asked) = listen(|mut stream| {
        let head = read_request(&mut stream)?.unwrap_or_default();
        let login = head.lines().find(|line| line.starts_with("proxy-authorization")).unwrap_or_default();
        let answer = format!("{}\n{login}", head.lines().next().unwrap_or_default());
        write!(stream, "HTTP/1.1 200 x\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())
    });
    (Proxy::read(&format!("http://{login}{address}")).unwrap(), asked)
}

#[test]
fn requests_go_through_the_proxy_but_for_hosts_that_are_excepted() {
    let (proxy, asked) = proxy("us%40er:pass@");
    let network = Network { proxy: Some(proxy), no_proxy: vec![".internal".to_owned()], ..network() };
    let client = Client::new(&network).unwrap();
    let response = run(client.send(post("http://backend.example/v1"), PATIENT)).unwrap();
    // Base64 of `us@er:pass`, in small letters.
    let expected = "post http://backend.example/v1 http/1.1\nproxy-authorization: basic dxnazxi6cgfzcw==";
    assert_eq!(String::from_utf8(response.body).unwrap(), expected);
    let direct = answering("HTTP/1.1 204 x\r\n\r\n");
    assert_eq!(run(client.send(post(direct), PATIENT)).unwrap().status, 204);
    let error = run(client.send(post("http://backend.internal/"), PATIENT)).unwrap_err();
    assert_eq!(error.failure, Failure::Unresolved);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
