//! What stands in for what: the mutation operators that replace one token by another, under their names in the field (King and
//! Offutt 1991, "A Fortran Language System for Mutation-Based Software Testing").

/// ROR, relational operator replacement. The order is moved by its boundary and turned round; the rest is negated.
pub(super) fn relational(operator: &str) -> &'static [&'static str] {
    match operator {
        "<" => &["<=", ">"],
        "<=" => &["<", ">="],
        ">" => &[">=", "<"],
        ">=" => &[">", "<="],
        "==" => &["!="],
        "!=" => &["=="],
        "in" => &["not in"],
        "not in" => &["in"],
        "is" => &["is not"],
        "is not" => &["is"],
        _ => &[],
    }
}

/// AOR, arithmetic operator replacement, with that of shifts and bits.
pub(super) fn arithmetic(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+" => "-",
        "-" => "+",
        "*" | "//" => "/",
        "/" | "%" | "**" => "*",
        "<<" => ">>",
        ">>" => "<<",
        "&" => "|",
        "|" | "^" => "&",
        _ => return None,
    })
}

/// Whether an operator leaves its left operand as it is, or as good as, if this is the right one.
pub(super) fn is_neutral(operator: &str, right: &str) -> bool {
    match operator {
        "*" | "/" | "//" | "**" => right == "1",
        "+" | "-" | "<<" | ">>" => right == "0",
        _ => false,
    }
}

/// LCR, logical connector replacement.
pub(super) fn logical(operator: &str) -> &'static str {
    if operator == "and" { "or" } else { "and" }
}

/// CRP, constant replacement: one more and one less, as far as that is not negative. None for what is not real.
pub(super) fn integer(literal: &str) -> Vec<String> {
    let digits = literal.replace('_', "").to_ascii_lowercase();
    if digits.starts_with(|first: char| first.is_ascii_digit()) && digits.ends_with(['j', 'l']) {
        return Vec::new();
    }
    let value = match digits.get(..2) {
        Some("0x") => u128::from_str_radix(&digits[2..], 16),
        Some("0o") => u128::from_str_radix(&digits[2..], 8),
        Some("0b") => u128::from_str_radix(&digits[2..], 2),
        _ => digits.parse(),
    };
    match value {
        Ok(value) => {
            [value.checked_add(1), value.checked_sub(1)].into_iter().flatten().map(|n| n.to_string()).collect()
        }
        Err(_) => vec!["0".to_owned()],
    }
}

/// CRP for numbers with a fraction: one more, and zero.
pub(super) fn float(literal: &str) -> Vec<String> {
    match literal.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => {
            let others = [value + 1.0, 0.0].into_iter().filter(|other| *other != value);
            others.map(|other| format!("{other:?}")).collect()
        }
        _ => Vec::new(),
    }
}
