//! Objects of the file's own classes: what a constructor leaves in their fields, what methods find there and leave behind.

use std::rc::Rc;

use crate::environment::{Changes, Environment};
use crate::flow::Analysis;
use crate::flow::calls::Called;
use crate::flow::functions::{Followed, Passed};
use crate::ir::{ClassId, ExprId, ExprKind, FunctionId, Statement};
use crate::symbols::Symbol;
use crate::value::{Entries, Shape, Value, join_taint};

impl Analysis<'_> {
    /// The object that a call of a class makes, by its fields; none where its constructor is not followed.
    pub(super) fn construct(&mut self, called: &Called, arguments: &[Passed]) -> Option<Value> {
        if !called.is_new && called.receiver.is_some() {
            return None;
        }
        let name = self.program.symbols.find(self.paths.last_name(called.path)?)?;
        let class = *self.classes.get(&name)?;
        let constructors = ["__init__", "constructor", "__construct", "initialize"];
        let names = constructors.iter().filter_map(|name| self.program.symbols.find(name)).chain([name]);
        let constructor = names.into_iter().find_map(|name| self.methods.get(&(class, name)).copied());
        let mut fields = self.first_values(class);
        match constructor {
            Some(constructor) => {
                if self.program.function(constructor).parameters.len() < arguments.len() {
                    return None;
                }
                let followed = self.followed(constructor, None, arguments)?;
                self.store(&mut fields, constructor, &followed.changes);
            }
            None if arguments.is_empty() => {}
            None => return self.record(class, called, arguments),
        }
        if fields.entries.is_empty() {
            return None;
        }
        let mut taint = fields.taint();
        // What a base class keeps is not known.
        if !self.program.class(class).bases.is_empty() {
            taint =
                arguments.iter().fold(taint, |taint, (_, value, _)| join_taint(taint.as_ref(), value.taint.as_ref()));
        }
        Some(Value { shape: Shape::Map(Rc::new(fields)), taint, path: Some(called.path) })
    }

    /// The object of a class whose constructor is made from the fields that it declares: a data class, a named tuple, a model.
    fn record(&mut self, class: ClassId, called: &Called, arguments: &[Passed]) -> Option<Value> {
        let program = self.program;
        if !self.is_record(class) || called.arguments.iter().any(|given| given.is_spread) {
            return None;
        }
        let mut positional = arguments.iter().filter(|(name, _, _)| name.is_none());
        let mut fields = Entries::default();
        for statement in &program.class(class).body {
            let Statement::Assign(field) = statement else { continue };
            let ExprKind::Name(name) = program.kind(field.target) else { continue };
            // Without a type it belongs to the class.
            let Some(declared) = field.declared else { continue };
            let named = arguments.iter().find(|(given, _, _)| *given == Some(*name));
            let value = match (named.or_else(|| positional.next()), field.value) {
                (Some((_, value, _)), _) => value.clone(),
                (None, Some(default)) => self.expr(default),
                (None, None) => continue,
            };
            let is_safe = self.table.safe_types.contains(program.name(declared));
            fields.set(&program.name(*name).into(), if is_safe { super::statements::safe(value) } else { value });
        }
        let taint = fields.taint();
        Some(Value { shape: Shape::Map(Rc::new(fields)), taint, path: Some(called.path) })
    }

    fn is_record(&self, class: ClassId) -> bool {
        let program = self.program;
        let definition = program.class(class);
        let mut decorators = definition.decorators.iter().map(|&decorator| match program.kind(decorator) {
            ExprKind::Call(call) => program.kind(call.callee),
            kind => kind,
        });
        decorators.any(|kind| match kind {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => {
                matches!(program.name(*name), "dataclass" | "define" | "frozen" | "attrs")
            }
            _ => false,
        }) || definition.bases.iter().any(|&base| matches!(program.name(base), "NamedTuple" | "BaseModel"))
    }

    /// Follows a call of a method of an object whose fields are known, or else of any function of the file.
    pub(super) fn follow(
        &mut self,
        id: FunctionId,
        receiver: Option<&(ExprId, Value)>,
        arguments: &[Passed],
    ) -> Option<Value> {
        let Followed { returned, changes } = self.followed(id, receiver, arguments)?;
        match receiver.filter(|(of, value)| self.is_object(*of, value)) {
            Some((of, value)) => {
                if let (Shape::Map(fields), Some(slot)) = (&value.shape, self.slot(*of)) {
                    let mut fields = (**fields).clone();
                    self.store(&mut fields, id, &changes);
                    let taint = join_taint(value.taint.as_ref(), fields.taint().as_ref());
                    let object = Value { shape: Shape::Map(Rc::new(fields)), taint, path: value.path };
                    self.environment.set(slot, object);
                }
            }
            None => {
                // What it wrote into the object stays.
                let fields = self.of_receiver(changes);
                self.environment.apply(fields);
            }
        }
        Some(returned)
    }

    /// Gives a method the fields of the object that it is called on.
    pub(super) fn enter_object(&mut self, id: FunctionId, of: ExprId, object: &Value) {
        if !self.is_object(of, object) {
            return;
        }
        let Shape::Map(fields) = &object.shape else { return };
        let bare = self.bare_fields(id);
        for (name, value) in &fields.entries {
            let Some(name) = self.program.symbols.find(name) else { continue };
            for number in 0..self.receivers.len() {
                let slot = self.environment.field(Environment::slot(self.receivers[number]), name);
                self.environment.set(slot, value.clone());
            }
            if bare.contains(&name) {
                self.environment.set(Environment::slot(name), value.clone());
            }
        }
    }

    /// Whether a value is an object whose fields are known, and not the one that the running method belongs to.
    fn is_object(&self, of: ExprId, value: &Value) -> bool {
        let is_own = matches!(self.program.kind(of), ExprKind::Name(name) if self.receivers.contains(name));
        !is_own && matches!(value.shape, Shape::Map(_))
    }

    /// Keeps the fields that a function wrote.
    fn store(&self, fields: &mut Entries, id: FunctionId, changes: &Changes) {
        let bare = self.bare_fields(id);
        for (slot, value) in changes {
            let field = match self.environment.owner(*slot) {
                Some((owner, name)) if self.receivers.iter().any(|&name| Environment::slot(name) == owner) => {
                    Some(name)
                }
                Some(_) => None,
                None => bare.iter().copied().find(|&name| Environment::slot(name) == *slot),
            };
            if let (Some(field), Some(value)) = (field, value) {
                fields.set(&self.program.name(field).into(), value.clone());
            }
        }
    }

    /// The fields that a method may call by their bare names: those that its class declares, unless it has an explicit receiver or
    /// a parameter of that name.
    fn bare_fields(&self, id: FunctionId) -> Vec<Symbol> {
        let function = self.program.function(id);
        let Some(class) = function.class else { return Vec::new() };
        if function.parameters.first().is_some_and(|first| self.receivers.contains(&first.name)) {
            return Vec::new();
        }
        let is_parameter = |name: &Symbol| function.parameters.iter().any(|parameter| parameter.name == *name);
        self.declared_fields(class).filter(|name| !is_parameter(name)).collect()
    }

    /// What fields are before a constructor runs: constants, or objects of a type.
    fn first_values(&mut self, class: ClassId) -> Entries {
        let program = self.program;
        let mut fields = Entries::default();
        for statement in &program.class(class).body {
            let Statement::Assign(assign) = statement else { continue };
            let Some(name) = self.field_name(assign.target) else { continue };
            let constant = assign.value.filter(|&value| {
                matches!(
                    program.kind(value),
                    ExprKind::Text(_) | ExprKind::Integer(_) | ExprKind::Bool(_) | ExprKind::Null
                )
            });
            let mut value = constant.map(|value| self.expr(value)).unwrap_or_default();
            value.path = assign.declared.and_then(|declared| self.paths.dotted(program.name(declared)));
            fields.set(&program.name(name).into(), value);
        }
        fields
    }

    fn declared_fields(&self, class: ClassId) -> impl Iterator<Item = Symbol> + '_ {
        self.program.class(class).body.iter().filter_map(|statement| match statement {
            Statement::Assign(assign) => self.field_name(assign.target),
            _ => None,
        })
    }

    /// The field that a class's own assignment declares: `x`, `this.x`.
    fn field_name(&self, target: ExprId) -> Option<Symbol> {
        match self.program.kind(target) {
            ExprKind::Name(name) => Some(*name),
            ExprKind::Field { of, name } => match self.program.kind(*of) {
                ExprKind::Name(of) if self.receivers.contains(of) => Some(*name),
                _ => None,
            },
            _ => None,
        }
    }
}
