//! Functions that a web framework calls: what their parameters are, whatever they are called.
//!
//! `app.get("/x", (a, b) => ..)` hands a request and a response over. In the lowered form such parameters have the types `req`,
//! `res`, `next` and `ctx`, as most programs call them, so that one pattern in a rule file meets all frameworks.

use crate::ir::{Argument, ExprId, ExprKind, FunctionId};
use crate::lower::Lowering;

/// Gives the functions among a call's arguments the types of their parameters, if the call registers handlers, or if it is one
/// of a list's methods.
pub(super) fn type_handlers(lowering: &mut Lowering<'_>, callee: ExprId, arguments: &[Argument]) {
    let ExprKind::Field { of, name } = *lowering.program.kind(callee) else { return };
    let registers = match lowering.program.name(name) {
        "get" | "post" | "put" | "patch" | "delete" | "del" | "all" | "options" | "head" => {
            !is_client(lowering, of) && (has_route(lowering, arguments) || is_routed(lowering, of, arguments))
        }
        "use" | "createServer" | "onRequest" => true,
        "on" | "once" | "addEventListener" => {
            let event = arguments.first().and_then(|event| text_of(lowering, event.value));
            match event.and_then(event_type) {
                Some(name) => return type_last(lowering, arguments, name),
                None => event == Some("request"),
            }
        }
        // The second is the place in the list.
        "map" | "forEach" | "filter" | "flatMap" | "some" | "every" | "find" | "findIndex" => {
            if let Some(&ExprKind::Function(function)) =
                arguments.first().map(|first| lowering.program.kind(first.value))
            {
                type_parameter(lowering, function, 1, "number");
            }
            return;
        }
        _ => false,
    };
    if registers {
        for argument in arguments {
            type_argument(lowering, argument.value);
        }
    }
}

/// What a parameter with a framework's type is.
pub(super) fn type_of_framework(name: &str) -> Option<&'static str> {
    match name {
        "Request"
        | "express.Request"
        | "ExpressRequest"
        | "AuthRequest"
        | "AuthenticatedRequest"
        | "RequestWithUser"
        | "FastifyRequest"
        | "NextRequest"
        | "NextApiRequest"
        | "VercelRequest"
        | "IncomingMessage"
        | "http.IncomingMessage"
        | "functions.Request"
        | "functions.https.Request" => Some("req"),
        "Response"
        | "express.Response"
        | "ExpressResponse"
        | "FastifyReply"
        | "NextApiResponse"
        | "VercelResponse"
        | "ServerResponse"
        | "http.ServerResponse"
        | "functions.Response" => Some("res"),
        "Context" | "Koa.Context" | "ParameterizedContext" | "Koa.ParameterizedContext" | "RouterContext" => {
            Some("ctx")
        }
        _ => None,
    }
}

/// A file of Next.js exports its handlers by the name of the method.
pub(super) fn type_exported(lowering: &mut Lowering<'_>, id: FunctionId) {
    let function = lowering.program.function(id);
    let name = function.name.map(|name| lowering.program.name(name));
    if matches!(name, Some("GET" | "POST" | "PUT" | "PATCH" | "DELETE")) && function.class.is_none() {
        give_types(lowering, id, &["req"]);
    }
}

/// What a listener of an event gets, where its name alone tells.
fn event_type(event: &str) -> Option<&'static str> {
    match event {
        // Sent by another window, by the other end of a socket, or by a parent process: data as it came.
        "message" => Some("MessageEvent"),
        "connection" => Some("Socket"),
        // A file in an archive that is being read.
        "entry" => Some("ZipEntry"),
        _ => None,
    }
}

fn type_last(lowering: &mut Lowering<'_>, arguments: &[Argument], name: &str) {
    let last = arguments.get(1).map(|last| lowering.program.kind(last.value));
    if let Some(&ExprKind::Function(function)) = last {
        give_types(lowering, function, &[name]);
    }
}

/// A handler, or one that a call wraps: `wrap(async (a, b) => ..)`.
fn type_argument(lowering: &mut Lowering<'_>, argument: ExprId) {
    match lowering.program.kind(argument) {
        ExprKind::Function(function) => {
            let function = *function;
            let parameters = &lowering.program.function(function).parameters;
            let second = parameters.get(1).map(|second| lowering.program.name(second.name));
            let types: &[&str] = match (parameters.len(), second) {
                (1, _) | (2, Some("next")) => &["ctx"],
                (2 | 3, _) => &["req", "res", "next"],
                (4, _) => &["Error", "req", "res", "next"],
                _ => return,
            };
            give_types(lowering, function, types);
        }
        ExprKind::Call(call) => {
            let inner: Vec<ExprId> = call.arguments.iter().map(|argument| argument.value).collect();
            for argument in inner {
                if matches!(lowering.program.kind(argument), ExprKind::Function(_)) {
                    type_argument(lowering, argument);
                }
            }
        }
        _ => {}
    }
}

fn give_types(lowering: &mut Lowering<'_>, function: FunctionId, types: &[&str]) {
    for (place, name) in types.iter().enumerate() {
        type_parameter(lowering, function, place, name);
    }
}

fn type_parameter(lowering: &mut Lowering<'_>, function: FunctionId, place: usize, name: &str) {
    let name = lowering.symbol(name);
    if let Some(parameter) = lowering.program.functions[function.0 as usize].parameters.get_mut(place) {
        parameter.declared = parameter.declared.or(Some(name));
    }
}

/// Whether the receiver asks others instead of answering them.
fn is_client(lowering: &Lowering<'_>, receiver: ExprId) -> bool {
    let name = match lowering.program.kind(receiver) {
        ExprKind::Name(name) | ExprKind::Field { name, .. } => lowering.program.name(*name),
        _ => return false,
    };
    matches!(name, "$" | "jQuery" | "axios" | "request" | "superagent" | "http" | "https" | "got" | "needle" | "agent")
}

fn text_of<'p>(lowering: &'p Lowering<'_>, id: ExprId) -> Option<&'p str> {
    match lowering.program.kind(id) {
        ExprKind::Text(text) => Some(text),
        ExprKind::Format(parts) | ExprKind::Sum(parts) | ExprKind::List(parts) => match parts.first() {
            Some(first) => match lowering.program.kind(*first) {
                ExprKind::Text(text) => Some(text),
                _ => None,
            },
            None => None,
        },
        _ => None,
    }
}

/// Whether the first argument is a route.
fn has_route(lowering: &Lowering<'_>, arguments: &[Argument]) -> bool {
    let Some(first) = arguments.first() else { return false };
    match lowering.program.kind(first.value) {
        ExprKind::Call(call) => call.is_new && arguments.len() > 1,
        _ => text_of(lowering, first.value).is_some_and(|text| text.is_empty() || text.starts_with(['/', '*'])),
    }
}

/// `router.route("/x").get(check, (a, b) => ..)`: no argument says where.
fn is_routed(lowering: &Lowering<'_>, receiver: ExprId, arguments: &[Argument]) -> bool {
    let is_chain = matches!(lowering.program.kind(receiver), ExprKind::Call(_));
    let last = arguments.last().map(|last| lowering.program.kind(last.value));
    matches!(last, Some(ExprKind::Function(id)) if is_chain && lowering.program.function(*id).parameters.len() >= 2)
}
