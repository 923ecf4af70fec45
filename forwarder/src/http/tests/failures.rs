//! Tests of failed requests: each kind of failure is recognised.

use super::*;

#[track_caller]
fn check(url: impl Into<String>, timeout: Duration, expected: Failure) -> Error {
    let error = run(client().send(post(url), timeout)).unwrap_err();
    assert_eq!(error.failure, expected, "{error}");
    error
}

#[test]
fn closed_port_is_connection_refused() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    check(format!("http://{address}/"), LONG, Failure::ConnectionRefused);
    check(format!("https://{address}/"), LONG, Failure::ConnectionRefused);
}

#[test]
fn unknown_host_is_unresolved() {
    check("http://no-such-host.invalid/", LONG, Failure::Unresolved);
    check("https://no-such-host.invalid/", LONG, Failure::Unresolved);
}

/// Starts a server that reads this many bytes of each connection and then closes it. The client has sent more bytes,
/// so the connection is reset.
fn closing_after(bytes: usize) -> String {
    let (address, _) = listen(move |mut stream| stream.read_exact(&mut vec![0; bytes]));
    format!("http://{address}/")
}

#[test]
fn connection_closed_before_or_during_the_request_is_reset() {
    for bytes in [0, 1, 60] {
        let request = Request::new(Method::POST, closing_after(bytes), vec![b'x'; 8_000_000]);
        let error = run(client().send(request, LONG)).unwrap_err();
        assert_eq!(error.failure, Failure::Reset, "{bytes}: {error}");
    }
}

#[test]
fn connection_closed_after_the_request_is_reset() {
    check(responding(""), LONG, Failure::Reset);
    check(responding("HTTP/1.1 200 OK\r\nconte"), LONG, Failure::Reset);
}

#[test]
fn incomplete_response_is_invalid() {
    check(responding("HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc"), LONG, Failure::InvalidResponse);
    let chunked = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n";
    check(responding(format!("{chunked}9\r\nabc")), LONG, Failure::InvalidResponse);
    check(responding(format!("{chunked}3\r\nabc\r\n")), LONG, Failure::InvalidResponse);
    check(responding(format!("{chunked}what?\r\n")), LONG, Failure::InvalidResponse);
}

#[test]
fn response_that_is_not_http_is_invalid() {
    check(responding("SSH-2.0-OpenSSH_9.6\r\n"), LONG, Failure::InvalidResponse);
    check(responding(vec![0; 100]), LONG, Failure::InvalidResponse);
}

#[test]
fn incomplete_response_is_invalid_when_read_chunk_by_chunk() {
    let url = responding("HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc");
    run(async {
        let mut stream = client().open(post(url), LONG).await.unwrap();
        let mut read = Vec::new();
        let error = loop {
            match stream.chunk().await {
                Ok(chunk) => read.extend(chunk.expect("the body has not ended")),
                Err(error) => break error,
            }
        };
        assert_eq!((read.as_slice(), error.failure), (&b"abc"[..], Failure::InvalidResponse));
    });
}

/// Starts a server that sends this response, and then nothing more, without closing the connection.
fn silent_after(response: &'static str) -> String {
    let (address, _) = listen(move |mut stream| {
        read_request(&mut stream)?;
        stream.write_all(response.as_bytes())?;
        stream.read_exact(&mut [0])
    });
    format!("http://{address}/")
}

#[test]
fn silent_server_is_timed_out() {
    let timeout = Duration::from_millis(100);
    for response in ["", "HTTP/1.1 200 x\r\n", "HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc"] {
        check(silent_after(response), timeout, Failure::TimedOut);
    }
    let url = silent_after("HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc");
    run(async {
        let mut stream = client().open(post(url), timeout).await.unwrap();
        assert_eq!(stream.chunk().await.unwrap().unwrap(), "abc");
        assert_eq!(stream.chunk().await.unwrap_err().failure, Failure::TimedOut);
    });
}

#[test]
fn redirect_is_not_followed() {
    let (target, connections) = listen(|_| Ok(()));
    for status in [301, 302, 303, 307, 308] {
        let url = responding(format!(
            "HTTP/1.1 {status} x\r\nlocation: http://{target}/\r\ncontent-length: 0\r\n\r\n"
        ));
        let error = check(url, LONG, Failure::Redirected);
        assert!(error.detail.contains(&status.to_string()) && !error.detail.contains("127.0.0.1"), "{error}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[test]
fn invalid_url_is_unresolved() {
    check("not an address", LONG, Failure::Unresolved);
}

#[test]
fn failures_do_not_show_urls_headers_or_responses() {
    let refused = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    };
    let failing = [
        format!("http://{refused}/c4n4ry?key=c4n4ry"),
        "http://no-such-host.invalid/c4n4ry".to_owned(),
        responding("") + "c4n4ry",
        responding("c4n4ry c4n4ry\r\n\r\n"),
        responding("HTTP/1.1 302 c4n4ry\r\nlocation: c4n4ry\r\n\r\n"),
        "http://c4n4ry c4n4ry/".to_owned(),
    ];
    for url in failing {
        let request = post(url).with_secret(HeaderName::from_static("key"), &Secret::new("c4n4ry")).unwrap();
        let error = run(client().send(request, LONG)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c4n4ry"), "{error:?}");
    }
}
