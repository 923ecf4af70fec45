//! Inputs that grow while they are read.

use std::ops::ControlFlow;

use tailwater_parser::{ByteSize, Event, Origin, Receive};

use super::{
    super::{EndAction, InputFormat, InputHandler, OriginDefaults, Reader, RejectedInput},
    Recorder, context,
};

/// Input that grows: each read returns the next part. An empty part means that no more bytes are there yet.
struct Growing<'p>(std::slice::Iter<'p, &'p str>);

impl std::io::Read for Growing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.next().copied().unwrap_or_default().as_bytes().read(buffer)
    }
}

/// Handler that waits for more bytes this many times.
struct Patient {
    recorder: Recorder,
    waits: usize,
}

impl Receive for Patient {
    fn batch(&mut self, origin: &Origin) {
        self.recorder.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.recorder.event(event);
    }
}

impl InputHandler for Patient {
    fn on_start(&mut self, format: InputFormat, _: &[u8]) {
        self.recorder.0.push(format.to_string());
    }

    fn on_rejected(&mut self, rejected: &RejectedInput) {
        self.recorder.on_rejected(rejected);
    }

    fn on_filtered(&mut self, _: u64) {}

    fn on_progress(&mut self, _: ByteSize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn on_end(&mut self) -> EndAction {
        let Some(left) = self.waits.checked_sub(1) else { return EndAction::Finish };
        self.waits = left;
        EndAction::Wait
    }
}

fn read_growing(parts: &[&str]) -> Vec<String> {
    let (defaults, mut patient) =
        (OriginDefaults::default(), Patient { recorder: Recorder::default(), waits: 20 });
    let mut input = Growing(parts.iter());
    Reader::default().read(&mut input, &context("pay.log", &defaults), &mut patient);
    patient.recorder.0
}

#[test]
fn growing_input_is_recognised_by_its_first_whole_line() {
    let read = ["output of aws logs tail --format short", "from pay  ", "1000 hello", "2000 END"];
    let (first, second) = ("1970-01-01T00:00:01 hello\n", "1970-01-01T00:00:02 END\n");
    assert_eq!(read_growing(&["", "", first, "", second]), read);
    assert_eq!(read_growing(&["1970-01-01", "", "T00:00:01 hello", "\n", "", "", second]), read);
    assert_eq!(read_growing(&["\n", "", first, second]), read);
}

#[test]
fn growing_input_that_stays_empty_is_no_error() {
    assert_eq!(read_growing(&[]), [""; 0]);
    assert_eq!(read_growing(&["", "\n", ""]), [""; 0]);
}
