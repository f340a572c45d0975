//! Fields that a constructor fills in by their bare names. C# shares it.

use crate::ir::{Assign, Block, ExprKind, Parameter, Statement};
use crate::lower::Lowering;

/// Makes `name = value` in a constructor `this.name = value`, unless a parameter has the name. A local variable may become a
/// field with that; its bare name finds it there.
pub(in crate::lower) fn assign_fields(lowering: &mut Lowering<'_>, body: &mut Block, parameters: &[Parameter]) {
    for statement in body {
        match statement {
            Statement::Assign(assign) => assign_field(lowering, assign, parameters),
            Statement::If { then, otherwise, .. } => {
                assign_fields(lowering, then, parameters);
                assign_fields(lowering, otherwise, parameters);
            }
            Statement::Try { body, finally, .. } => {
                assign_fields(lowering, body, parameters);
                assign_fields(lowering, finally, parameters);
            }
            Statement::Block(block) => assign_fields(lowering, block, parameters),
            Statement::Expr(_)
            | Statement::Switch { .. }
            | Statement::Loop { .. }
            | Statement::Return(_)
            | Statement::Throw(_)
            | Statement::Break
            | Statement::Continue
            | Statement::Function(_)
            | Statement::Class(_)
            | Statement::Import { .. } => {}
        }
    }
}

fn assign_field(lowering: &mut Lowering<'_>, assign: &mut Assign, parameters: &[Parameter]) {
    let ExprKind::Name(name) = *lowering.program.kind(assign.target) else { return };
    let is_local = assign.declared.is_some() || parameters.iter().any(|parameter| parameter.name == name);
    if is_local || assign.value.is_none() || assign.operator.is_some() {
        return;
    }
    let span = lowering.program.span(assign.target);
    let this = lowering.symbol("this");
    let of = lowering.add_at(ExprKind::Name(this), span);
    assign.target = lowering.add_at(ExprKind::Field { of, name }, span);
}
