//! A payload is never touched by the wire: it is parsed where it lies, and sent from where it lies. The allocator that
//! counts belongs to this program alone, which has one test so that nothing else allocates.

use homie_protocol::frame::{HEADER_LEN, Header, Kind};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::PAYLOAD_MAX;
use homie_protocol::stream::{PREFIX_LEN, preamble};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn output_is_written_and_read_without_a_copy() {
    let payload = vec![b'x'; PAYLOAD_MAX];
    let header = Header::new(Kind::Output, Channel::new(1), Offset::ZERO).unwrap();
    let frame = [&header.to_bytes(), &payload[..]].concat();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();

    // A sender writes these bytes and then the payload itself: all the wire wants to know of it is its length.
    let head = preamble(header, payload.len());
    let (parsed, rest) = Header::parse(&frame).unwrap();

    assert_eq!(MEMORY.peak_usage(), before, "something was allocated");
    assert_eq!(head[PREFIX_LEN..], header.to_bytes());
    assert_eq!(parsed, header);
    assert!(std::ptr::eq(rest, &raw const frame[HEADER_LEN..]), "the payload was moved");
}
