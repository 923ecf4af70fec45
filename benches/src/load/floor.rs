//! What nobody can do without: base64 and gunzip of the same payloads, by this process.

use std::{
    fs,
    io::Read as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::bufread::MultiGzDecoder;

use super::payloads::Payloads;

/// Passes over all payloads, of which the middle one counts.
const PASSES: usize = 5;

/// A pass takes at least so long: processor time is told in ticks of a few milliseconds.
const PASS: Duration = Duration::from_millis(100);

/// Processor time for each event.
pub(super) fn measure(payloads: &Payloads) -> Result<Duration> {
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let (before, began) = (own_time()?, Instant::now());
        let (mut events, mut compressed) = (0, Vec::new());
        while began.elapsed() < PASS {
            for payload in payloads.iter() {
                inflate(payload, &mut compressed)?;
                events += payloads.events();
            }
        }
        passes.push((own_time()? - before).div_f64(f64::from(u32::try_from(events)?)));
    }
    passes.sort();
    passes.get(PASSES / 2).copied().context("there were passes")
}

/// Inflates a payload piece by piece: nothing is kept but the compressed bytes.
fn inflate(payload: &[u8], compressed: &mut Vec<u8>) -> Result<()> {
    let text = payload.split(|byte| *byte == b'"').max_by_key(|text| text.len()).context("it has a text")?;
    compressed.clear();
    STANDARD.decode_vec(text, compressed).map_err(anyhow::Error::msg)?;
    let mut inflated = MultiGzDecoder::new(compressed.as_slice());
    let (mut piece, mut total) = ([0; 64 * 1024], 0);
    loop {
        match inflated.read(&mut piece)? {
            0 => break,
            read => total += read,
        }
    }
    ensure!(total > compressed.len(), "{} bytes inflate to {total}", compressed.len());
    Ok(())
}

/// The time that processors have spent on this thread.
fn own_time() -> Result<Duration> {
    let stat =
        fs::read_to_string("/proc/thread-self/schedstat").context("a Linux with scheduler statistics")?;
    let nanos = stat.split(' ').next().context("it has fields")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}
