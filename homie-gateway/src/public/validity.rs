//! From when to when a certificate is good, read out of its DER. Pure. Nothing is decided by it but what people are told, and
//! whether a newer certificate takes the place of one that is good: clients check for themselves.

/// Seconds of a day.
const DAY: u64 = 86_400;

/// A `SEQUENCE`, and the tag of a version.
const VERSION: u8 = 0xa0;

/// The two ways to write a time.
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Both ends, in seconds of the Unix clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub from: u64,
    /// The last one.
    pub until: u64,
}

impl Validity {
    /// Of this certificate, if it is one.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let (_, certificate, _) = element(certificate)?;
        let (_, mut rest, _) = element(certificate)?;
        if let (VERSION, _, behind) = element(rest)? {
            rest = behind;
        }
        // Number, algorithm and issuer stand before it.
        for _ in 0..3 {
            (_, _, rest) = element(rest)?;
        }
        let (_, both, _) = element(rest)?;
        let (tag, from, rest) = element(both)?;
        let from = time(tag, from)?;
        let (tag, until, _) = element(rest)?;
        Some(Self { from, until: time(tag, until)? })
    }

    /// Whether it is good at this second.
    pub fn is_good(self, now: u64) -> bool {
        (self.from..=self.until).contains(&now)
    }

    /// Days that are left.
    pub fn days_left(self, now: u64) -> u64 {
        self.until.saturating_sub(now) / DAY
    }

    /// The last day, as people write it.
    pub fn last_day(self) -> String {
        let (year, month, day) = date(self.until / DAY);
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// Tag and content of the element that comes first, and what is behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((*tag, content, rest))
}

/// `YYMMDDhhmmssZ`, or the same with four digits of the year.
fn time(tag: u8, text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text.strip_suffix(b"Z")?).ok()?;
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let (year, rest) = match (tag, is_digits, text.len()) {
        (UTC_TIME, true, 12) => {
            let year: u64 = text.get(..2)?.parse().ok()?;
            (year + if year < 50 { 2000 } else { 1900 }, text.get(2..)?)
        }
        (GENERALIZED_TIME, true, 14) => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let two = |at: usize| rest.get(at..at + 2)?.parse::<u64>().ok();
    let (month, day, hour, minute, second) = (two(0)?, two(2)?, two(4)?, two(6)?, two(8)?);
    let is_good = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    let day = days(year, month, day).filter(|_| is_good)?;
    Some(day * DAY + hour * 3_600 + minute * 60 + second)
}

/// Days since 1970 began. Years are counted from March, so that a leap day is the last of one.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).checked_sub(719_468)
}

/// Year, month and day of that many days since 1970 began.
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let of_era_year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + of_era_year + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(from: i32, until: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(["home.example.org".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from, 2, 28), date_time_ymd(until, 3, 1));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    /// Both ways to write a time, and the century's leap days.
    #[test]
    fn both_ends_are_read_as_they_were_written() {
        for (from, until) in [(1970, 1999), (1999, 2000), (2000, 2049), (2024, 2050), (2026, 2100), (2026, 9999)] {
            let validity = Validity::of(&certificate(from, until)).unwrap();
            let seconds = |year, month, day| u64::try_from(date_time_ymd(year, month, day).unix_timestamp()).unwrap();
            assert_eq!(validity.from, seconds(from, 2, 28), "{from}");
            assert_eq!(validity.until, seconds(until, 3, 1), "{until}");
            assert_eq!(validity.last_day(), format!("{until}-03-01"));
        }
    }

    #[test]
    fn it_is_good_from_its_first_second_to_its_last() {
        let validity = Validity { from: 10 * DAY, until: 20 * DAY };
        assert!(validity.is_good(10 * DAY) && validity.is_good(20 * DAY));
        assert!(!validity.is_good(10 * DAY - 1) && !validity.is_good(20 * DAY + 1));
        assert_eq!((validity.days_left(10 * DAY), validity.days_left(21 * DAY)), (10, 0));
    }

    #[test]
    fn what_is_no_certificate_or_is_cut_short_says_nothing() {
        let whole = certificate(2026, 2027);
        for bad in [&b""[..], b"0", &[0x30, 0x84, 0, 0, 0, 1, 0], &[0x30, 0x80], b"-----BEGIN CERTIFICATE-----"] {
            assert_eq!(Validity::of(bad), None, "{bad:?}");
        }
        for len in 0..whole.len() {
            let _never_panics = Validity::of(&whole[..len]);
        }
        for (tag, text) in [
            (UTC_TIME, "20260101000000Z"),
            (UTC_TIME, "260101000000"),
            (GENERALIZED_TIME, "+0260101000000Z"),
            (2, "260101000000Z"),
        ] {
            assert_eq!(time(tag, text.as_bytes()), None, "{text}");
        }
        for text in ["261301000000Z", "260100000000Z", "260101240000Z", "260101006000Z"] {
            assert_eq!(time(UTC_TIME, text.as_bytes()), None, "{text}");
        }
    }
}
