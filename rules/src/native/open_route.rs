//! A route that changes something and that nothing protects: no decorator, no middleware, no mention of who sent the request.

use crate::ir::{Call, ClassId, ExprId, ExprKind, FunctionId, Program, Span};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Words that say that somebody asks who it is.
const WORDS: &[&str] = &[
    "adminonly",
    "apikey",
    "api_key",
    "check_user",
    "checkuser",
    "clerk",
    "credential",
    "current_user",
    "currentuser",
    "g.user",
    "getuser",
    "get_user",
    "guard",
    "identity",
    "is_admin",
    "isadmin",
    "jwt",
    "logged_in",
    "loggedin",
    "login",
    "owner",
    "passport",
    "permission",
    "preauthorize",
    "principal",
    "protect",
    "req.session",
    "req.user",
    "request.session",
    "request.user",
    "require_",
    "requireadmin",
    "requirelogin",
    "requireuser",
    "role",
    "secured",
    "session[",
    "session.get",
    "session.user",
    "session_id",
    "signature",
    "token",
    "verify",
];

/// Parts of routes that are for everybody: nobody is logged in yet, or a machine calls.
const PUBLIC: &[&str] = &[
    "auth",
    "callback",
    "confirm",
    "contact",
    "feedback",
    "forgot",
    "health",
    "hook",
    "login",
    "logout",
    "newsletter",
    "password",
    "ping",
    "public",
    "register",
    "reset",
    "search",
    "session",
    "sign",
    "subscribe",
    "token",
    "verify",
];

/// Calls that change what is stored.
const CHANGES: &[&str] = &[
    "add",
    "bulkcreate",
    "bulk_create",
    "commit",
    "create",
    "createmany",
    "delete",
    "deletemany",
    "deleteone",
    "delete_many",
    "delete_one",
    "destroy",
    "drop",
    "findbyidanddelete",
    "findbyidandremove",
    "findbyidandupdate",
    "findoneanddelete",
    "findoneandupdate",
    "insert",
    "insertmany",
    "insertone",
    "insert_many",
    "insert_one",
    "merge",
    "persist",
    "remove",
    "save",
    "savechanges",
    "savechangesasync",
    "transfer",
    "unlink",
    "unlinksync",
    "update",
    "updatemany",
    "updateone",
    "update_many",
    "update_one",
    "upsert",
    "writefile",
    "writefilesync",
];

/// Calls and decorators that concern every route of a router.
const FOR_ALL: &[&str] = &[
    "APIRouter",
    "Blueprint",
    "FastAPI",
    "Router",
    "UseAuthentication",
    "UseAuthorization",
    "addHook",
    "add_middleware",
    "before_request",
    "group",
    "middleware",
    "preHandler",
    "use",
];

/// A function that a route leads to.
struct Route {
    method: Method,
    name: String,
    span: Span,
    function: FunctionId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Post,
    Put,
    Delete,
}

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let program = source.program;
    let mut routes = decorated(program);
    routes.extend(registered(program));
    if routes.is_empty() || protects_all(source) {
        return Vec::new();
    }
    let is_open = |route: &Route| {
        let lower = route.name.to_ascii_lowercase();
        !PUBLIC.iter().any(|word| lower.contains(word))
            && !is_protected(source, route)
            && (route.method != Method::Post || changes(program, route.function))
    };
    let mut found: Vec<Hit> = routes
        .into_iter()
        .filter(is_open)
        .map(|route| Hit { span: route.span, name: route.name, value: String::new(), confidence: Level::Medium })
        .collect();
    found.sort_by_key(|hit| hit.span);
    found
}

/// Routes by decorators: Flask's, FastAPI's, Nest's, Spring's, ASP.NET's.
fn decorated(program: &Program) -> Vec<Route> {
    let mut routes = Vec::new();
    for (number, function) in program.functions.iter().enumerate() {
        let id = FunctionId(u32::try_from(number).expect("functions are counted in 32 bits"));
        for &decorator in &function.decorators {
            let (callee, call) = match program.kind(decorator) {
                ExprKind::Call(call) => (call.callee, Some(call)),
                _ => (decorator, None),
            };
            let (ExprKind::Name(name) | ExprKind::Field { name, .. }) = program.kind(callee) else { continue };
            let Some(method) = method_of(program, program.name(*name), call) else { continue };
            let path = call.and_then(|call| path_of(program, call));
            if matches!(program.name(*name), "post" | "put" | "patch" | "delete") && path.is_none() {
                continue;
            }
            // `@mock.patch("module.name")` is no route.
            let is_routed = path.as_ref().is_none_or(|path| path.is_empty() || path.starts_with('/'));
            if program.name(*name).starts_with(char::is_lowercase) && !is_routed {
                continue;
            }
            let own = function.name.map_or("", |name| program.name(name));
            let name = path.unwrap_or_else(|| own.to_owned());
            routes.push(Route { method, name, span: program.span(decorator), function: id });
            break;
        }
    }
    routes
}

fn method_of(program: &Program, name: &str, call: Option<&Call>) -> Option<Method> {
    match name {
        "post" | "Post" | "PostMapping" | "HttpPost" => Some(Method::Post),
        "put" | "Put" | "PutMapping" | "HttpPut" | "patch" | "Patch" | "PatchMapping" | "HttpPatch" => {
            Some(Method::Put)
        }
        "delete" | "Delete" | "DeleteMapping" | "HttpDelete" => Some(Method::Delete),
        "route" | "api_view" | "RequestMapping" | "Route" => {
            let words = call?.arguments.iter().flat_map(|argument| words_of(program, argument.value));
            let mut methods = words.filter_map(|word| match word.as_str() {
                "POST" => Some(Method::Post),
                "PUT" | "PATCH" => Some(Method::Put),
                "DELETE" => Some(Method::Delete),
                _ => None,
            });
            methods.next()
        }
        _ => None,
    }
}

/// The texts of a list, or the last names of what stands in it.
fn words_of(program: &Program, id: ExprId) -> Vec<String> {
    match program.kind(id) {
        ExprKind::Text(text) => vec![text.to_string()],
        ExprKind::Name(name) | ExprKind::Field { name, .. } => vec![program.name(*name).to_owned()],
        ExprKind::List(items) => items.iter().flat_map(|item| words_of(program, *item)).collect(),
        _ => Vec::new(),
    }
}

fn path_of(program: &Program, call: &Call) -> Option<String> {
    match program.kind(call.arguments.first()?.value) {
        ExprKind::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// Routes by calls: `app.post("/orders", handler)`.
fn registered(program: &Program) -> Vec<Route> {
    let mut routes = Vec::new();
    for expr in &program.exprs {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let ExprKind::Field { name, .. } = program.kind(call.callee) else { continue };
        let method = match program.name(*name) {
            "post" | "POST" | "Post" => Method::Post,
            "put" | "patch" | "PUT" | "PATCH" | "Put" | "Patch" => Method::Put,
            "delete" | "DELETE" | "Delete" => Method::Delete,
            _ => continue,
        };
        // Middleware between the path and the handler may well ask who it is.
        let [_, last] = &call.arguments[..] else { continue };
        let (Some(path), ExprKind::Function(function)) = (path_of(program, call), program.kind(last.value)) else {
            continue;
        };
        if path.starts_with('/') && !program.function(*function).parameters.is_empty() {
            routes.push(Route { method, name: path, span: expr.span, function: *function });
        }
    }
    routes
}

/// Whether middleware of the whole file asks who it is.
fn protects_all(source: &Source<'_>) -> bool {
    let program = source.program;
    let is_for_all = |id: ExprId| matches!(program.kind(id), ExprKind::Name(name) | ExprKind::Field { name, .. } if FOR_ALL.contains(&program.name(*name)));
    let calls =
        program.exprs.iter().filter(|expr| matches!(&expr.kind, ExprKind::Call(call) if is_for_all(call.callee)));
    let mut spans: Vec<Span> = calls.map(|expr| expr.span).collect();
    for function in &program.functions {
        let is_hook = |&decorator: &ExprId| match program.kind(decorator) {
            ExprKind::Call(call) => is_for_all(call.callee),
            _ => is_for_all(decorator),
        };
        if function.decorators.iter().any(is_hook) {
            spans.push(function.span);
        }
    }
    spans.into_iter().any(|span| asks(span.of(source.text)))
}

fn is_protected(source: &Source<'_>, route: &Route) -> bool {
    let program = source.program;
    let function = program.function(route.function);
    let class = function.class.map(|id: ClassId| program.class(id));
    let decorators = function.decorators.iter().chain(class.iter().flat_map(|class| &class.decorators));
    let mut spans: Vec<Span> = decorators.map(|&decorator| program.span(decorator)).collect();
    spans.extend([function.span, route.span]);
    // Django's and DRF's classes name permissions in a field.
    let fields = class.is_some_and(|class| {
        let text = class.span.of(source.text);
        text.contains("permission_classes") || text.contains("authentication_classes") || text.contains("LoginRequired")
    });
    fields || spans.into_iter().any(|span| asks(span.of(source.text)))
}

/// Whether a text mentions who it is.
fn asks(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || mentions_authority(&lower)
}

/// `auth` in any word but `author`.
fn mentions_authority(lower: &str) -> bool {
    lower.match_indices("auth").any(|(at, _)| {
        let rest = &lower[at + 4..];
        !rest.starts_with("or") || rest.starts_with("ori")
    })
}

/// Whether a function stores, changes or removes something.
fn changes(program: &Program, id: FunctionId) -> bool {
    let function = program.function(id);
    let range = function.first as usize..(function.last as usize).min(program.exprs.len());
    program.exprs[range].iter().any(|expr| match &expr.kind {
        ExprKind::Call(call) => match program.kind(call.callee) {
            ExprKind::Field { name, .. } => CHANGES.contains(&program.name(*name).to_ascii_lowercase().as_str()),
            _ => false,
        },
        ExprKind::Text(text) => {
            let start: String = text.trim_start().chars().take(7).collect::<String>().to_ascii_lowercase();
            ["insert ", "update ", "delete "].contains(&start.as_str())
        }
        _ => false,
    })
}
