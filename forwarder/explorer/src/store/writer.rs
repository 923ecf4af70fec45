//! Writer thread of a store, and the handles through which workers send to it.

use std::{path::Path, sync::Arc, thread::JoinHandle, time::Duration};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rusqlite::Connection;
use tailwater_parser::{
    derive::{Evidence, Invocation},
    line::correlation::Scanner,
};

use super::{
    block::Block,
    byte_budget::ByteBudget,
    error::{StoreError, WriterStopped},
    file_id::FileId,
    insert::{Inserter, WriteCounts},
    mentions, open,
    pulls::{self, PullRecord},
    reconcile::reconcile,
};

/// Maximum number of commands in the queue of the writer.
const MAX_QUEUED: usize = 256;
/// Maximum size in bytes of the blocks in the queue. Other commands are small.
const MAX_QUEUED_BYTES: usize = 16 * 1024 * 1024;
/// Estimated size in bytes at which a transaction is committed. It is smaller in tests, so that a short run
/// has many transactions.
const TRANSACTION_BYTES: usize = if cfg!(test) { 256 * 1024 } else { 32 * 1024 * 1024 };
/// Idle time after which a transaction is committed, so that a slow run does not hide its events from readers.
const IDLE_COMMIT: Duration = Duration::from_millis(200);
/// Interval at which a worker that waits for a reply checks that the writer has not stopped.
const REPLY_POLL: Duration = Duration::from_millis(50);
/// Estimated size in bytes of an invocation or a piece of evidence in a transaction, indexes included.
const ROW_BYTES: usize = 600;

/// Writer of a store. Owns the writer thread.
pub struct Writer {
    sender: Sender<Command>,
    budget: Arc<ByteBudget>,
    scanner: Arc<Scanner>,
    thread: JoinHandle<Result<WriteCounts, StoreError>>,
}

/// Handle that sends to the writer thread. Each worker thread has a clone. [`Writer::finish`] waits until all
/// handles are dropped.
#[derive(Clone)]
pub struct WriterHandle {
    sender: Sender<Command>,
    budget: Arc<ByteBudget>,
    scanner: Arc<Scanner>,
}

enum Command {
    Block(Box<Block>),
    Invocation(Box<Invocation>),
    Evidence(Box<Evidence>),
    Keep(Box<PullRecord>),
    /// Commits all commands received so far, applies evidence to invocations, and replies with the counts
    /// since the start of the writer.
    Flush(Sender<WriteCounts>),
}

impl Writer {
    /// Starts the writer thread.
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let (sender, receiver) = bounded(MAX_QUEUED);
        let budget = Arc::new(ByteBudget::new(MAX_QUEUED_BYTES));
        let queue = Queue { receiver, budget: Arc::clone(&budget) };
        let connection = open::read_write(path)?;
        let scanner = Arc::new(mentions::scanner(&connection)?);
        let own_scanner = Arc::clone(&scanner);
        let file = FileId::of(path);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || file.named(write(&connection, &queue, &file, own_scanner)))
            .map_err(|_| StoreError::WriterFailed)?;
        Ok(Self { sender, budget, scanner, thread })
    }

    /// Creates a handle for a worker.
    #[must_use]
    pub fn handle(&self) -> WriterHandle {
        WriterHandle {
            sender: self.sender.clone(),
            budget: Arc::clone(&self.budget),
            scanner: Arc::clone(&self.scanner),
        }
    }

    /// Waits until all handles are dropped and all their commands are committed, then applies evidence to the
    /// invocations of other inputs.
    ///
    /// # Errors
    /// Returns the first error of the writer thread. Transactions that were committed before that error are
    /// intact.
    pub fn finish(self) -> Result<WriteCounts, StoreError> {
        drop(self.sender);
        self.thread.join().map_err(|_| StoreError::WriterFailed)?
    }
}

impl WriterHandle {
    /// Finder of correlation ids for the blocks that are sent.
    pub(super) fn scanner(&self) -> Arc<Scanner> {
        Arc::clone(&self.scanner)
    }

    /// Sends a block to the writer. Blocks while the queue is full.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn block(&self, block: Block) -> Result<(), WriterStopped> {
        self.budget.acquire(block.size())?;
        self.send(Command::Block(Box::new(block)))
    }

    /// Sends an invocation to the writer. Blocks while the queue is full.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn invocation(&self, invocation: Invocation) -> Result<(), WriterStopped> {
        self.send(Command::Invocation(Box::new(invocation)))
    }

    /// Sends evidence to the writer. Blocks while the queue is full.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn evidence(&self, evidence: Evidence) -> Result<(), WriterStopped> {
        self.send(Command::Evidence(Box::new(evidence)))
    }

    /// Sends a value to keep. It is committed with or after everything that was sent through this handle before.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn keep(&self, record: PullRecord) -> Result<(), WriterStopped> {
        self.send(Command::Keep(Box::new(record)))
    }

    /// Waits until all commands that were sent before are committed, applies evidence to invocations, and
    /// returns the counts since the start of the writer.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn flush(&self) -> Result<WriteCounts, WriterStopped> {
        let (reply, done) = bounded(1);
        self.send(Command::Flush(reply))?;
        loop {
            match done.recv_timeout(REPLY_POLL) {
                Ok(counts) => return Ok(counts),
                // If the writer has stopped, the command stays in the channel, and its reply channel stays open.
                Err(RecvTimeoutError::Timeout) if !self.budget.is_closed() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Err(WriterStopped),
            }
        }
    }

    fn send(&self, command: Command) -> Result<(), WriterStopped> {
        self.sender.send(command).map_err(|_| WriterStopped)
    }
}

impl Command {
    /// Returns the estimated number of bytes that the command adds to a transaction.
    fn size(&self) -> usize {
        match self {
            Self::Block(block) => block.size(),
            Self::Invocation(_) | Self::Evidence(_) | Self::Keep(_) => ROW_BYTES,
            Self::Flush(_) => 0,
        }
    }
}

/// Receiving end of the command queue. Dropping it makes all waiting and later sends fail.
struct Queue {
    receiver: Receiver<Command>,
    budget: Arc<ByteBudget>,
}

impl Queue {
    /// Waits for the next command. Returns `None` when all handles are dropped.
    fn next(&self) -> Option<Command> {
        self.receiver.recv().ok().inspect(|command| self.release(command))
    }

    /// Waits at most [`IDLE_COMMIT`] for the next command.
    fn next_before_idle(&self) -> Option<Command> {
        self.receiver.recv_timeout(IDLE_COMMIT).ok().inspect(|command| self.release(command))
    }

    fn release(&self, command: &Command) {
        if let Command::Block(block) = command {
            self.budget.release(block.size());
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.budget.close();
    }
}

/// Executes all commands of the queue in large transactions, until all handles are dropped. On an error it
/// returns; the queue is then dropped, so that the next send of each worker fails.
fn write(
    connection: &Connection,
    queue: &Queue,
    file: &FileId,
    scanner: Arc<Scanner>,
) -> Result<WriteCounts, StoreError> {
    let mut inserter = Inserter::new(connection, scanner);
    while let Some(first) = queue.next() {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        inserter.begin()?;
        let flush = fill_transaction(connection, &mut inserter, first, queue)?;
        inserter.end()?;
        file.check()?;
        connection.execute_batch("COMMIT")?;
        if let Some(reply) = flush {
            reconcile(connection)?;
            // The receiver may have been dropped meanwhile.
            let _ = reply.send(inserter.counts);
        }
    }
    reconcile(connection)?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    file.check()?;
    Ok(inserter.counts)
}

/// Executes the commands of one transaction, beginning with `first`. A flush command ends the transaction;
/// the reply channel of the flush is returned.
fn fill_transaction(
    connection: &Connection,
    inserter: &mut Inserter<'_>,
    first: Command,
    queue: &Queue,
) -> Result<Option<Sender<WriteCounts>>, StoreError> {
    let mut next = Some(first);
    let mut size = 0;
    while let Some(command) = next {
        size += command.size();
        match command {
            Command::Block(block) => inserter.block(&block)?,
            Command::Invocation(invocation) => inserter.invocation(&invocation)?,
            Command::Evidence(evidence) => inserter.evidence(&evidence)?,
            Command::Keep(record) => pulls::write(connection, &record)?,
            Command::Flush(reply) => return Ok(Some(reply)),
        }
        next = if size < TRANSACTION_BYTES { queue.next_before_idle() } else { None };
    }
    Ok(None)
}
