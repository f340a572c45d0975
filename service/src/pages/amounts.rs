//! Numbers as people read them.

use proofhouse_types::Fuel;

/// `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.char_indices() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1.2 M`: three digits tell fuel from fuel.
pub(super) fn short(fuel: Fuel) -> String {
    let units = [(1_000_000_000_u64, "G"), (1_000_000, "M"), (1_000, "k")];
    match units.into_iter().find(|(size, _)| fuel.0 >= *size) {
        None => fuel.0.to_string(),
        Some((size, unit)) => {
            let number = fuel.0 as f64 / size as f64;
            let decimals = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
            format!("{number:.decimals$} {unit}")
        }
    }
}

/// `87.5`, and `100` without decimals.
pub(super) fn points(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// `2026-01-31 14:05:09 UTC` of seconds since 1970.
pub(super) fn moment(seconds: u64) -> String {
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day is the last.
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02} UTC", second % 60)
}

/// `1 test`, `2 tests`.
pub(super) fn counted(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", grouped(number as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_shortened() {
        assert_eq!([0, 999, 1_000, 40_000_000_000].map(grouped), ["0", "999", "1,000", "40,000,000,000"]);
        let fuel = [0, 999, 1_000, 15_530, 999_499, 40_000_000_000].map(|fuel| short(Fuel(fuel)));
        assert_eq!(fuel, ["0", "999", "1.00 k", "15.5 k", "999 k", "40.0 G"]);
        assert_eq!([0.0, 87.5, 100.0, 33.333].map(points), ["0", "87.5", "100", "33.3"]);
    }

    #[test]
    fn moments_are_dates() {
        assert_eq!(moment(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(moment(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(moment(1_767_225_599), "2025-12-31 23:59:59 UTC");
        assert_eq!(moment(1_772_323_200), "2026-03-01 00:00:00 UTC");
    }
}
