//! What a lie costs: 1 MiB of the worst bytes we could think of takes at most 4 MiB beyond itself, and is refused for
//! what it is. The allocator that counts belongs to this program alone, which has one test so that nothing else allocates.

#[cfg(test)]
mod bombs;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes a decoder may take beyond its input.
const MOST: usize = 4 << 20;

#[test]
fn no_megabyte_takes_more_than_four() {
    let mut failures = Vec::new();
    for bomb in bombs::all() {
        assert!(bomb.bytes.len() <= bombs::INPUT, "{} has {} bytes", bomb.name, bomb.bytes.len());
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let code = (bomb.decoder)(&bomb.bytes);
        let taken = MEMORY.peak_usage() - before;
        if code != bomb.code || taken > MOST {
            failures.push(format!("{}: {code:?} instead of {:?}, {taken} bytes", bomb.name, bomb.code));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
