//! Tests of the client and the server over real sockets.

use std::io::{self, ErrorKind};

use super::{Connection, Cut, Head, Request, Response, Server, UNLIMITED, send};

fn echo(mut connection: Connection) -> io::Result<()> {
    while let Some(head) = connection.read_head()? {
        let request = connection.read_request(head)?;
        connection.send(&Response::new(200, request.body).with("X-Path", request.head.path()))?;
    }
    Ok(())
}

#[test]
fn body_round_trips_over_a_socket() {
    let server = Server::start(echo);
    for body in ["", "a", &"long".repeat(100_000)] {
        let answer = send(server.address(), &Request::new("POST", "/a/b?c=d", &[], body)).unwrap();
        assert_eq!((answer.status, answer.body), (200, body.as_bytes().to_vec()));
        assert!(answer.headers.contains(&("x-path".to_owned(), "/a/b".to_owned())));
    }
}

fn check_body(wire: &str, at_most: usize, expected: Result<&str, ErrorKind>) {
    let mut input = wire.as_bytes();
    let body = Head::read(&mut input).and_then(|head| head.expect("a head").read_body(&mut input, at_most));
    let body = body.map(|body| String::from_utf8(body).unwrap()).map_err(|error| error.kind());
    assert_eq!(body, expected.map(str::to_owned), "{wire}");
}

#[test]
fn body_length_follows_from_its_framing_or_is_an_error() {
    let chunked = |rest: &str| format!("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n{rest}");
    let length = |rest: &str| format!("POST / HTTP/1.1\r\nContent-Length: {rest}");
    check_body(&chunked("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n"), UNLIMITED, Ok("abcde"));
    check_body(&chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 4, Ok("abcd"));
    check_body(&chunked("3\r\nabc\r\n2\r\nd"), UNLIMITED, Err(ErrorKind::UnexpectedEof));
    check_body(&chunked("3\r\nabcd\r\n0\r\n\r\n"), UNLIMITED, Err(ErrorKind::InvalidData));
    check_body(&length("3\r\n\r\nabcd"), UNLIMITED, Ok("abc"));
    check_body(&length("3\r\n\r\nab"), UNLIMITED, Err(ErrorKind::UnexpectedEof));
    check_body(&length("many\r\n\r\nab"), UNLIMITED, Err(ErrorKind::InvalidData));
    check_body(&length("99999999999\r\n\r\n"), UNLIMITED, Err(ErrorKind::FileTooLarge));
    check_body(&chunked("fffffffff\r\n"), UNLIMITED, Err(ErrorKind::FileTooLarge));
}

fn check_cut(how: Cut, expected: ErrorKind) {
    let server = Server::start(move |mut connection| {
        let head = connection.read_head()?.expect("a request");
        connection.read_request(head)?;
        connection.cut(how)
    });
    let error = send(server.address(), &Request::new("POST", "/", &[], "body")).unwrap_err();
    assert_eq!(error.kind(), expected);
}

#[test]
fn close_and_reset_are_different_errors_for_the_client() {
    check_cut(Cut::Close, ErrorKind::UnexpectedEof);
    check_cut(Cut::Reset, ErrorKind::ConnectionReset);
}

#[test]
fn dropped_server_refuses_connections() {
    let server = Server::start(echo);
    let address = server.address();
    drop(server);
    assert_eq!(send(address, &Request::default()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}
