//! Requests arrive as built, and responses are read up to their limit.

use std::sync::Mutex;

use super::*;
use crate::http::Proxy;

#[track_caller]
fn send(request: Request) -> Response {
    run(client().send(request, LONG)).unwrap()
}

#[test]
fn response_of_any_status_is_read() {
    for status in [200, 404, 429, 503] {
        let response = format!("HTTP/1.1 {status} x\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\nno");
        let response = send(post(responding(response)));
        assert_eq!((response.status, response.body.as_slice(), response.is_cut), (status, &b"no"[..], false));
        assert_eq!(response.header("Retry-After"), Some("7"));
    }
}

#[test]
fn response_longer_than_the_limit_is_cut_and_marked() {
    let chunked = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    let url = responding(chunked);
    for (limit, body, is_cut) in [(6, "abcdef", false), (5, "abcde", true), (3, "abc", true), (0, "", true)] {
        let response = send(post(url.clone()).with_response_limit(limit));
        assert_eq!((response.body.as_slice(), response.is_cut), (body.as_bytes(), is_cut));
    }
}

#[test]
fn request_has_its_path_query_and_headers_and_debug_hides_secrets() {
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
fn header_with_line_break_is_rejected() {
    let request =
        post("http://localhost/").with_secret(HeaderName::from_static("x"), &Secret::new("a\r\nb: c"));
    assert!(request.is_none());
}

#[test]
fn connection_is_reused() {
    let (address, connections) = listen(|mut stream| {
        while read_request(&mut stream)?.is_some() {
            stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok")?;
        }
        Ok(())
    });
    let client = client();
    run(async {
        for _ in 0..3 {
            client.clone().send(post(format!("http://{address}/")), LONG).await.unwrap();
        }
    });
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
fn connection_closed_while_idle_is_replaced_without_failure() {
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
            client.send(post(format!("http://{address}/")), LONG).await.unwrap();
            while closed.load(Ordering::SeqCst) < n {
                tokio::task::yield_now().await;
            }
            // The server has closed the connection by now, as while a sandbox is frozen. The runtime polls its sockets
            // only every so many turns.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
        }
    });
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[test]
fn body_is_read_chunk_by_chunk() {
    let length = 3_000_000;
    let mut response = format!("HTTP/1.1 206 x\r\netag: e\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    response.resize(response.len() + length, b'x');
    let url = responding(response);
    run(async {
        let mut stream = client().open(post(url), LONG).await.unwrap();
        assert_eq!((stream.status(), stream.headers()["etag"].as_bytes()), (206, &b"e"[..]));
        let (mut total, mut chunks) = (0, 0);
        while let Some(chunk) = stream.chunk().await.unwrap() {
            total += chunk.len();
            chunks += 1;
        }
        assert!(total == length && chunks > 5, "{total} bytes in {chunks} chunks");
    });
}

/// Starts a proxy that responds to every request with the request's first line and login. Returns the proxy and the
/// number of its connections so far.
fn proxy(login: &str) -> (Proxy, Arc<AtomicU32>) {
    let (address, connections) = listen(|mut stream| {
        let head = read_request(&mut stream)?.unwrap_or_default();
        let login = head.lines().find(|line| line.starts_with("proxy-authorization")).unwrap_or_default();
        let body = format!("{}\n{login}", head.lines().next().unwrap_or_default());
        write!(stream, "HTTP/1.1 200 x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    });
    (Proxy::read(&format!("http://{login}{address}")).unwrap(), connections)
}

#[test]
fn requests_go_through_the_proxy_except_to_hosts_of_no_proxy() {
    let (proxy, connections) = proxy("us%40er:pass@");
    let network = Network { proxy: Some(proxy), no_proxy: vec![".internal".to_owned()], ..network() };
    let client = Client::new(&network).unwrap();
    let response = run(client.send(post("http://backend.example/v1"), LONG)).unwrap();
    // Base64 of `us@er:pass`, in lower case.
    let expected = "post http://backend.example/v1 http/1.1\nproxy-authorization: basic dxnazxi6cgfzcw==";
    assert_eq!(String::from_utf8(response.body).unwrap(), expected);
    let direct = responding("HTTP/1.1 204 x\r\n\r\n");
    assert_eq!(run(client.send(post(direct), LONG)).unwrap().status, 204);
    let error = run(client.send(post("http://backend.internal/"), LONG)).unwrap_err();
    assert_eq!(error.failure, Failure::Unresolved);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
