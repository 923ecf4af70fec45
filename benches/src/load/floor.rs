//! Floor of the CPU time: that of decoding base64 and gzip of the same payloads in this process, which no forwarder can
//! avoid.

use std::{
    fs,
    io::Read as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::bufread::MultiGzDecoder;

use super::payloads::Payloads;

/// Number of passes, each of which is one measurement; the median is the result.
const PASSES: usize = 5;

/// Minimum duration of a pass, which decodes all payloads repeatedly if necessary. CPU time is counted in ticks of a
/// few milliseconds.
const MIN_PASS_TIME: Duration = Duration::from_millis(100);

/// Measures the CPU time per event of decoding base64 and gzip.
pub(super) fn measure(payloads: &Payloads) -> Result<Duration> {
    let mut passes = Vec::new();
    for _ in 0..PASSES {
        let (before, began) = (thread_cpu_time()?, Instant::now());
        let (mut events, mut compressed) = (0, Vec::new());
        while began.elapsed() < MIN_PASS_TIME {
            for payload in payloads.iter() {
                inflate(payload, &mut compressed)?;
                events += payloads.events();
            }
        }
        passes.push((thread_cpu_time()? - before).div_f64(f64::from(u32::try_from(events)?)));
    }
    passes.sort();
    passes.get(PASSES / 2).copied().context("there is no pass")
}

/// Inflates a payload in chunks; only the compressed bytes are kept in memory.
fn inflate(payload: &[u8], compressed: &mut Vec<u8>) -> Result<()> {
    let text = payload
        .split(|byte| *byte == b'"')
        .max_by_key(|text| text.len())
        .context("the payload has no string")?;
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

/// CPU time of this thread.
fn thread_cpu_time() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")
        .context("failed to read the scheduler statistics of Linux")?;
    let nanos = stat.split(' ').next().context("/proc/thread-self/schedstat is empty")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}
