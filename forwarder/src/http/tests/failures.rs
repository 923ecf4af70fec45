//! Each way in which no answer comes is told from the others, by type.

use super::*;

#[track_caller]
fn check(url: impl Into<String>, timeout: Duration, expected: Failure) -> Error {
    let error = run(client().send(post(url), timeout)).unwrap_err();
    assert_eq!(error.failure, expected, "{error}");
    error
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    check(format!("http://{address}/"), PATIENT, Failure::ConnectionRefused);
    check(format!("https://{address}/"), PATIENT, Failure::ConnectionRefused);
}

#[test]
fn a_name_is_unknown() {
    check("http://no-such-host.invalid/", PATIENT, Failure::Unresolved);
    check("https://no-such-host.invalid/", PATIENT, Failure::Unresolved);
}

/// A server that ends each connection when it has read so much of it: with a reset, since there is more to read.
fn breaking_after(bytes: usize) -> String {
    let (address, _) = listen(move |mut stream| stream.read_exact(&mut vec![0; bytes]));
    format!("http://{address}/")
}

#[test]
fn a_connection_breaks_before_or_within_the_body() {
    for bytes in [0, 1, 60] {
        let request = Request::new(Method::POST, breaking_after(bytes), vec![b'x'; 8_000_000]);
        let error = run(client().send(request, PATIENT)).unwrap_err();
        assert_eq!(error.failure, Failure::Reset, "{bytes}: {error}");
    }
}

#[test]
fn a_connection_breaks_after_the_body() {
    check(answering(""), PATIENT, Failure::Reset);
    check(answering("HTTP/1.1 200 OK\r\nconte"), PATIENT, Failure::Reset);
}

#[test]
fn an_answer_breaks_off() {
    check(answering("HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc"), PATIENT, Failure::Garbled);
    let chunked = "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n";
    check(answering(format!("{chunked}9\r\nabc")), PATIENT, Failure::Garbled);
    check(answering(format!("{chunked}3\r\nabc\r\n")), PATIENT, Failure::Garbled);
    check(answering(format!("{chunked}what?\r\n")), PATIENT, Failure::Garbled);
}

#[test]
fn an_answer_is_no_http() {
    check(answering("SSH-2.0-OpenSSH_9.6\r\n"), PATIENT, Failure::Garbled);
    check(answering(vec![0; 100]), PATIENT, Failure::Garbled);
}

#[test]
fn an_answer_breaks_off_while_it_is_read_piece_by_piece() {
    let url = answering("HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc");
    run(async {
        let mut stream = client().open(post(url), PATIENT).await.unwrap();
        let mut read = Vec::new();
        let error = loop {
            match stream.chunk().await {
                Ok(piece) => read.extend(piece.expect("it is not the end")),
                Err(error) => break error,
            }
        };
        assert_eq!((read.as_slice(), error.failure), (&b"abc"[..], Failure::Garbled));
    });
}

/// A server that sends this and then nothing more, without closing.
fn silent_after(answer: &'static str) -> String {
    let (address, _) = listen(move |mut stream| {
        read_request(&mut stream)?;
        stream.write_all(answer.as_bytes())?;
        stream.read_exact(&mut [0])
    });
    format!("http://{address}/")
}

#[test]
fn no_answer_comes_in_time() {
    let timeout = Duration::from_millis(100);
    for answer in ["", "HTTP/1.1 200 x\r\n", "HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc"] {
        check(silent_after(answer), timeout, Failure::TimedOut);
    }
    let url = silent_after("HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nabc");
    run(async {
        let mut stream = client().open(post(url), timeout).await.unwrap();
        assert_eq!(stream.chunk().await.unwrap().unwrap(), "abc");
        assert_eq!(stream.chunk().await.unwrap_err().failure, Failure::TimedOut);
    });
}

#[test]
fn a_redirect_is_not_followed() {
    let (elsewhere, asked) = listen(|_| Ok(()));
    for status in [301, 302, 303, 307, 308] {
        let url = answering(format!(
            "HTTP/1.1 {status} x\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n"
        ));
        let error = check(url, PATIENT, Failure::Redirected);
        assert!(error.detail.contains(&status.to_string()) && !error.detail.contains("127.0.0.1"), "{error}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn an_address_that_is_none_is_a_failure_and_no_panic() {
    check("not an address", PATIENT, Failure::Unresolved);
}

#[test]
fn no_failure_shows_what_was_sent() {
    let refused = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    };
    let broken = [
        format!("http://{refused}/c4n4ry?key=c4n4ry"),
        "http://no-such-host.invalid/c4n4ry".to_owned(),
        answering("") + "c4n4ry",
        answering("c4n4ry c4n4ry\r\n\r\n"),
        answering("HTTP/1.1 302 c4n4ry\r\nlocation: c4n4ry\r\n\r\n"),
        "http://c4n4ry c4n4ry/".to_owned(),
    ];
    for url in broken {
        let request = post(url).with_secret(HeaderName::from_static("key"), &Secret::new("c4n4ry")).unwrap();
        let error = run(client().send(request, PATIENT)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c4n4ry"), "{error:?}");
    }
}
