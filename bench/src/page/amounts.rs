//! Numbers as the page writes them. What is no number is a dash, never `NaN`.

use std::time::{Duration, SystemTime};

/// What stands where nothing is known.
pub(super) const NOTHING: &str = "–";

/// Three digits that count, thousands grouped: `0.0123`, `1.23`, `12.3`, `1,234`.
pub(super) fn short(number: f64) -> String {
    if !number.is_finite() {
        return NOTHING.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    let magnitude = number.abs().log10().floor() as i32;
    // Nine decimals tell the smallest price of a token from zero.
    let decimals = (2 - magnitude).clamp(0, 9) as usize;
    grouped(&format!("{number:.decimals$}"))
}

/// A share in percent with one decimal, without the sign: `61.5`.
pub(super) fn percent(share: f64) -> String {
    decimal(100.0 * share)
}

/// One decimal: `61.5`.
pub(super) fn decimal(number: f64) -> String {
    if number.is_finite() { grouped(&format!("{number:.1}")) } else { NOTHING.to_owned() }
}

/// `1,234,567`.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// `1 task`, `2 tasks`.
pub(super) fn counted(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number as u64))
}

/// `7.6 GB`: the decimal units of those who sell memory and name model files.
pub(super) fn bytes(number: u64) -> String {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let number = number as f64;
    match units.into_iter().find(|(size, _)| number >= *size) {
        Some((size, unit)) => format!("{} {unit}", short(number / size)),
        None => format!("{number} B"),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` of milliseconds since 1970.
pub(super) fn moment(unix_ms: u64) -> Option<String> {
    /// The end of the year 9999, behind which dates have another form.
    const LAST: u64 = 253_402_300_799_000;
    (unix_ms <= LAST).then(|| httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_millis(unix_ms)))
}

/// Groups the digits in front of the point.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = sign.to_owned();
    for (position, digit) in whole.char_indices() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        let cases = [
            (0.0, "0"),
            (0.000_001_234, "0.00000123"),
            (0.0123, "0.0123"),
            (1.0, "1.00"),
            (12.34, "12.3"),
            (-12.34, "−12.3"),
            (999.6, "1,000"),
            (1_234_567.8, "1,234,568"),
            (f64::NAN, NOTHING),
            (f64::INFINITY, NOTHING),
        ];
        for (number, expected) in cases {
            assert_eq!(short(number), expected, "{number}");
        }
        assert_eq!([0.0, 0.615, 1.0, f64::NAN].map(percent), ["0.0", "61.5", "100.0", NOTHING]);
    }

    #[test]
    fn amounts_have_their_units() {
        assert_eq!([1, 2_000].map(|number| counted(number, "task")), ["1 task", "2,000 tasks"]);
        assert_eq!([999, 4_682_000_000, 16_000_000_000_000].map(bytes), ["999 B", "4.68 GB", "16.0 TB"]);
        assert_eq!(moment(784_111_777_000).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(moment(u64::MAX), None);
    }
}
