//! Minimal HTTP/1.1 client and server for loopback. Test servers have to cut a connection at a given byte, which no
//! HTTP library offers.

mod client;
mod connection;
mod message;
mod server;

pub use self::{
    client::send,
    connection::{Connection, Cut},
    message::{Head, Request, Response, UNLIMITED},
    server::Server,
};

#[cfg(test)]
mod tests;
