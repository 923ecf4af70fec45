//! HTTP/1.1 on loopback, by hand: a stand-in has to cut a connection at a byte of its choosing, which no server offers.

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
