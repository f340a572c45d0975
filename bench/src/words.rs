//! Numbers as people read them.

/// A share in percentage points, without decimals where there are ten of them or more.
pub(crate) fn points(share: f64) -> String {
    let points = 100.0 * share;
    let text = if points.abs() < 9.95 { format!("{points:.1}") } else { format!("{points:.0}") };
    // -0.0 is no number that people read.
    if text == "-0.0" { "0.0".to_owned() } else { text }
}

/// A p-value with two digits that count: `p = 0.31`, `p = 0.0021`, `p < 0.001`.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else if p < 0.01 {
        format!("p = {p:.4}")
    } else if p < 0.1 {
        format!("p = {p:.3}")
    } else {
        format!("p = {p:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_a_decimal_where_there_are_few() {
        let cases = [
            (0.0, "0.0"),
            (-0.0001, "0.0"),
            (0.0312, "3.1"),
            (0.0994, "9.9"),
            (0.0996, "10"),
            (-0.145, "-14"),
            (1.0, "100"),
        ];
        for (share, expected) in cases {
            assert_eq!(points(share), expected, "{share}");
        }
    }

    #[test]
    fn p_values_have_two_digits_that_count() {
        let cases = [
            (0.0000099, "p < 0.001"),
            (0.0021, "p = 0.0021"),
            (0.0482, "p = 0.048"),
            (0.31, "p = 0.31"),
            (1.0, "p = 1.00"),
        ];
        for (p, expected) in cases {
            assert_eq!(p_value(p), expected);
        }
    }
}
