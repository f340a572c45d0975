//! Constants: arithmetic and comparison where both sides are known.

use std::rc::Rc;

use crate::flow::statements::equal;
use crate::ir::Operator;
use crate::value::{Items, Shape, Value};

/// `==` and `!=`.
pub(super) fn compare(operator: Operator, one: &Value, other: &Value) -> Value {
    match equal(one, other) {
        Some(same) => Value::of(Shape::Bool(same == (operator == Operator::Equal))),
        None => Value::of(Shape::Number),
    }
}

/// The other operators over numbers. What is not known is some number: no text survives them.
pub(super) fn arithmetic(operator: Operator, one: &Value, other: &Value) -> Value {
    if let (Operator::In | Operator::NotIn, Some(known)) = (operator, member(one, other)) {
        return Value::of(Shape::Bool(known == (operator == Operator::In)));
    }
    let (Some(one), Some(other)) = (one.constant_integer(), other.constant_integer()) else {
        return if operator == Operator::Multiply { repeated(one, other) } else { Value::of(Shape::Number) };
    };
    Value::of(match operator {
        Operator::Add => Shape::Integer(one.wrapping_add(other)),
        Operator::Subtract => Shape::Integer(one.wrapping_sub(other)),
        Operator::Multiply => Shape::Integer(one.wrapping_mul(other)),
        // Languages differ in what is behind the point. It is dropped: only a comparison with a limit less than one away
        // would come out otherwise.
        Operator::Divide if other > 0 && one >= 0 => Shape::Integer(one / other),
        Operator::Remainder if other > 0 && one >= 0 => Shape::Integer(one % other),
        Operator::Less => Shape::Bool(one < other),
        Operator::LessEqual => Shape::Bool(one <= other),
        Operator::Greater => Shape::Bool(one > other),
        Operator::GreaterEqual => Shape::Bool(one >= other),
        Operator::ShiftLeft => match u32::try_from(other).ok().and_then(|by| one.checked_shl(by)) {
            Some(number) => Shape::Integer(number),
            None => Shape::Number,
        },
        Operator::BitAnd => Shape::Integer(one & other),
        Operator::BitOr => Shape::Integer(one | other),
        Operator::Divide
        | Operator::Remainder
        | Operator::Equal
        | Operator::NotEqual
        | Operator::And
        | Operator::Or
        | Operator::Coalesce
        | Operator::In
        | Operator::NotIn
        | Operator::Match
        | Operator::Other => Shape::Number,
    })
}

/// `"ab" * 3`, `[0] * 16`, or a product of numbers.
fn repeated(one: &Value, other: &Value) -> Value {
    let (whole, times) = if matches!(one.shape, Shape::Text(_) | Shape::List(_)) { (one, other) } else { (other, one) };
    match (&whole.shape, &times.shape) {
        (Shape::Text(_), Shape::Integer(_)) => Value::of(Shape::Constant),
        (Shape::List(list), Shape::Integer(_)) if list.items.iter().all(Value::is_constant) => {
            Value::of(Shape::Constant)
        }
        (Shape::List(_), _) => {
            let item = whole.any_item();
            let taint = item.taint.clone();
            Value { shape: Shape::List(Rc::new(Items { items: Vec::new(), others: Some(item) })), taint, path: None }
        }
        _ => Value::of(Shape::Number),
    }
}

/// Whether a constant is in a constant text or list.
fn member(one: &Value, other: &Value) -> Option<bool> {
    match (&one.shape, &other.shape) {
        (Shape::Text(one), Shape::Text(other)) => Some(other.contains(&**one)),
        (Shape::Text(_) | Shape::Integer(_), Shape::List(list)) if list.others.is_none() => {
            let known: Option<Vec<bool>> = list.items.iter().map(|item| equal(one, item)).collect();
            known.map(|known| known.contains(&true))
        }
        (Shape::Text(one), Shape::Map(map)) if map.others.is_none() => Some(map.get(one).is_some()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_are_computed() {
        let cases = [
            (7, Operator::Multiply, 18, Some(126)),
            (7, Operator::Divide, 2, Some(3)),
            (-7, Operator::Divide, 2, None),
            (8, Operator::Divide, 2, Some(4)),
            (8, Operator::Divide, 0, None),
            (-7, Operator::Remainder, 3, None),
            (i64::MAX, Operator::Add, 1, Some(i64::MIN)),
            (1, Operator::ShiftLeft, 70, None),
        ];
        for (one, operator, other, expected) in cases {
            let number = |number| Value::of(Shape::Integer(number));
            let result = arithmetic(operator, &number(one), &number(other));
            assert_eq!(result.constant_integer(), expected, "{one} {operator:?} {other}");
        }
    }
}
