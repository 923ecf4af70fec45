//! The one thread that writes, and the handles through which workers reach it.

use std::{path::Path, sync::Arc, thread::JoinHandle, time::Duration};

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;
use tailwater_parser::derive::{Evidence, Invocation};

use super::{
    block::Block,
    error::{Stopped, StoreError},
    insert::Inserter,
    open,
    room::Room,
    settle,
};

/// Things that may wait for the writer, all small but for blocks …
const WAITING: usize = 256;
/// … of which so many bytes may wait.
const WAITING_BLOCKS: usize = 16 * 1024 * 1024;
/// A transaction is committed when it holds about this many bytes. Tests need many in a short run.
const TRANSACTION: usize = if cfg!(test) { 256 * 1024 } else { 32 * 1024 * 1024 };
/// A transaction is also committed when nothing came for so long: what a run waits for, others should see.
const IDLE: Duration = Duration::from_millis(200);
/// What an invocation or a piece of evidence takes in a transaction, indexes included.
const ROW: usize = 600;

/// Owns the thread that writes to a store.
pub struct Writer {
    sender: Sender<Item>,
    room: Arc<Room>,
    thread: JoinHandle<Result<Written, StoreError>>,
}

/// A way to the writer, one for each worker. All of them must be gone for [`Writer::finish`] to return.
#[derive(Clone)]
pub struct WriterHandle {
    sender: Sender<Item>,
    room: Arc<Room>,
}

/// What became of everything that was handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Log events that are new in the store.
    pub events: u64,
    /// Log events that the store held already, or that came twice.
    pub duplicates: u64,
    /// Invocations handed over, new or not.
    pub invocations: u64,
}

enum Item {
    Block(Box<Block>),
    Invocation(Box<Invocation>),
    Evidence(Box<Evidence>),
    /// Commit everything, let evidence meet invocations, and say so.
    Flush(Sender<Written>),
}

impl Writer {
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let (sender, receiver) = bounded(WAITING);
        let room = Arc::new(Room::new(WAITING_BLOCKS));
        let inbox = Inbox { receiver, room: Arc::clone(&room) };
        let connection = open::for_writing(path)?;
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write(&connection, &inbox))
            .map_err(|_| StoreError::WriterLost)?;
        Ok(Self { sender, room, thread })
    }

    /// A way to this writer, for another thread.
    #[must_use]
    pub fn handle(&self) -> WriterHandle {
        WriterHandle { sender: self.sender.clone(), room: Arc::clone(&self.room) }
    }

    /// Waits until all handles are gone and everything is in the file, then lets evidence from different inputs meet
    /// the invocations it speaks of.
    ///
    /// # Errors
    /// The first thing that went wrong. What was committed before it is intact.
    pub fn finish(self) -> Result<Written, StoreError> {
        drop(self.sender);
        self.thread.join().map_err(|_| StoreError::WriterLost)?
    }
}

impl WriterHandle {
    /// Hands over a block. Waits while the writer is behind.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn block(&self, block: Block) -> Result<(), Stopped> {
        self.room.take(block.size())?;
        self.send(Item::Block(Box::new(block)))
    }

    /// Hands over an invocation. Waits while the writer is behind.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn invocation(&self, invocation: Invocation) -> Result<(), Stopped> {
        self.send(Item::Invocation(Box::new(invocation)))
    }

    /// Hands over evidence. Waits while the writer is behind.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn evidence(&self, evidence: Evidence) -> Result<(), Stopped> {
        self.send(Item::Evidence(Box::new(evidence)))
    }

    /// Waits until everything that was handed over before is in the file, for all to see; says what became of all of it
    /// so far.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn flush(&self) -> Result<Written, Stopped> {
        let (reply, done) = bounded(1);
        self.send(Item::Flush(reply))?;
        done.recv().map_err(|_| Stopped)
    }

    fn send(&self, item: Item) -> Result<(), Stopped> {
        self.sender.send(item).map_err(|_| Stopped)
    }
}

impl Item {
    /// About how many bytes it adds to a transaction.
    fn size(&self) -> usize {
        match self {
            Self::Block(block) => block.size(),
            Self::Invocation(_) | Self::Evidence(_) => ROW,
            Self::Flush(_) => 0,
        }
    }
}

/// The writer's end of the channel. When it is gone, nobody waits for it any more.
struct Inbox {
    receiver: Receiver<Item>,
    room: Arc<Room>,
}

impl Inbox {
    /// The next thing; `None` when all handles are gone.
    fn next(&self) -> Option<Item> {
        self.receiver.recv().ok().inspect(|item| self.make_room(item))
    }

    /// The next thing; `None` when none comes soon.
    fn next_soon(&self) -> Option<Item> {
        self.receiver.recv_timeout(IDLE).ok().inspect(|item| self.make_room(item))
    }

    fn make_room(&self, item: &Item) {
        if let Item::Block(block) = item {
            self.room.leave(block.size());
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.room.close();
    }
}

/// Writes all that comes in large transactions. An error ends it, and with the receiver gone every worker.
fn write(connection: &Connection, inbox: &Inbox) -> Result<Written, StoreError> {
    let mut inserter = Inserter::new(connection);
    while let Some(first) = inbox.next() {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        inserter.begin()?;
        let flush = fill(&mut inserter, first, inbox)?;
        connection.execute_batch("COMMIT")?;
        if let Some(reply) = flush {
            settle::settle(connection)?;
            // Who asked may have gone away.
            let _ = reply.send(inserter.written);
        }
    }
    settle::settle(connection)?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(inserter.written)
}

/// One transaction's worth of items, beginning with `first`. A flush ends it and is handed back.
fn fill(
    inserter: &mut Inserter<'_>,
    first: Item,
    inbox: &Inbox,
) -> Result<Option<Sender<Written>>, StoreError> {
    let mut next = Some(first);
    let mut size = 0;
    while let Some(item) = next {
        size += item.size();
        match item {
            Item::Block(block) => inserter.block(&block)?,
            Item::Invocation(invocation) => inserter.invocation(&invocation)?,
            Item::Evidence(evidence) => inserter.evidence(&evidence)?,
            Item::Flush(reply) => return Ok(Some(reply)),
        }
        next = if size < TRANSACTION { inbox.next_soon() } else { None };
    }
    Ok(None)
}
