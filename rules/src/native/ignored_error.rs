//! Go: an error that a call returns and nobody looks at: `data, _ := os.ReadFile(name)`, or the call alone.
//!
//! Goes by lists of well-known functions, because nothing else tells an error from any other second value.

use crate::ir::{Assign, Block, ExprId, ExprKind, Program, Statement};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Packages whose functions with several results return an error as the last one.
const PACKAGES: [&str; 34] = [
    "os", "ioutil", "io", "json", "xml", "yaml", "toml", "csv", "strconv", "http", "url", "hex", "base64", "sql",
    "exec", "rand", "bcrypt", "rsa", "ecdsa", "x509", "tls", "net", "regexp", "gzip", "zlib", "zip", "aes", "cipher",
    "filepath", "template", "uuid", "jwt", "pem", "sqlx",
];

/// Functions of those packages whose last result is no error.
const NO_ERROR: [&str; 12] = [
    "LookupEnv",
    "Split",
    "SplitList",
    "Match",
    "Pipe",
    "Decode",
    "ParseHTTPVersion",
    "ParseCIDR",
    "Cut",
    "Getenv",
    "Abs",
    "Executable",
];

/// Methods that return a value and an error, whatever they are called on.
const METHODS: [&str; 26] = [
    "Query",
    "QueryContext",
    "Exec",
    "ExecContext",
    "Prepare",
    "PrepareContext",
    "Begin",
    "BeginTx",
    "LastInsertId",
    "DecodeString",
    "CombinedOutput",
    "Output",
    "StdoutPipe",
    "StdinPipe",
    "ParseFiles",
    "FormFile",
    "SignedString",
    "InsertOne",
    "UpdateOne",
    "DeleteOne",
    "ParseWithClaims",
    "GetObject",
    "PutObject",
    "ReadAll",
    "NewGCM",
    "NewRequest",
];

/// Functions that return an error and nothing else that anybody wants: a call alone loses it.
const ALONE: [&str; 34] = [
    "os.Remove",
    "os.RemoveAll",
    "os.Rename",
    "os.Mkdir",
    "os.MkdirAll",
    "os.WriteFile",
    "os.Chmod",
    "os.Chown",
    "os.Setenv",
    "os.Symlink",
    "os.Link",
    "os.Truncate",
    "os.Chdir",
    "ioutil.WriteFile",
    "json.Unmarshal",
    "xml.Unmarshal",
    "yaml.Unmarshal",
    "toml.Unmarshal",
    "proto.Unmarshal",
    "rand.Read",
    "http.ListenAndServe",
    "http.ListenAndServeTLS",
    "http.Serve",
    "syscall.Setuid",
    "syscall.Setgid",
    "syscall.Chroot",
    "binary.Read",
    "binary.Write",
    "syscall.Kill",
    "sql.Register",
    "bcrypt.CompareHashAndPassword",
    "godotenv.Load",
    "viper.ReadInConfig",
    "smtp.SendMail",
];

/// Methods that return an error and nothing else that anybody wants.
const METHODS_ALONE: [&str; 16] = [
    "Commit",
    "Scan",
    "Exec",
    "ExecContext",
    "Unmarshal",
    "UnmarshalJSON",
    "BindJSON",
    "ShouldBindJSON",
    "ShouldBind",
    "ListenAndServe",
    "ListenAndServeTLS",
    "Decode",
    "Migrate",
    "AutoMigrate",
    "Ping",
    "VerifyPassword",
];

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let mut search = Search { text: source.text, program: source.program, hits: Vec::new() };
    search.block(&source.program.body);
    for function in &source.program.functions {
        search.block(&function.body);
    }
    search.hits.sort_by_key(|hit| hit.span);
    search.hits.dedup();
    search.hits
}

struct Search<'a> {
    text: &'a str,
    program: &'a Program,
    hits: Vec<Hit>,
}

impl Search<'_> {
    fn block(&mut self, block: &Block) {
        for statement in block {
            match statement {
                Statement::Expr(id) => self.alone(*id),
                Statement::Assign(assign) => self.assigned(assign),
                Statement::If { then, otherwise, .. } => {
                    self.block(then);
                    self.block(otherwise);
                }
                Statement::Switch { cases, .. } => cases.iter().for_each(|case| self.block(&case.body)),
                Statement::Loop { body, .. } | Statement::Block(body) => self.block(body),
                Statement::Try { body, .. } => self.block(body),
                Statement::Return(_)
                | Statement::Throw(_)
                | Statement::Break
                | Statement::Continue
                | Statement::Function(_)
                | Statement::Class(_)
                | Statement::Import { .. } => {}
            }
        }
    }

    /// The package or variable that is called on, and the function.
    fn callee(&self, id: ExprId) -> Option<(&str, &str)> {
        let ExprKind::Call(call) = self.program.kind(id) else { return None };
        let ExprKind::Field { of, name } = self.program.kind(call.callee) else { return None };
        let on = match self.program.kind(*of) {
            ExprKind::Name(on) | ExprKind::Field { name: on, .. } => self.program.name(*on),
            _ => "",
        };
        Some((on, self.program.name(*name)))
    }

    fn hit(&mut self, id: ExprId, on: &str, name: &str) {
        let name = if on.is_empty() { name.to_owned() } else { format!("{on}.{name}") };
        self.hits.push(Hit { span: self.program.span(id), name, value: String::new(), confidence: Level::High });
    }

    /// A call whose result is thrown away. What is deferred has nobody to tell.
    fn alone(&mut self, id: ExprId) {
        let start = self.program.span(id).start as usize;
        let before = self.text.get(..start).unwrap_or_default().trim_end();
        if before.ends_with("defer") || before.ends_with("go") {
            return;
        }
        let Some((on, name)) = self.callee(id) else { return };
        let path = format!("{on}.{name}");
        if ALONE.contains(&path.as_str()) || METHODS_ALONE.contains(&name) && !PACKAGES.contains(&on) {
            let (on, name) = (on.to_owned(), name.to_owned());
            self.hit(id, &on, &name);
        }
    }

    /// `value, _ := call()`
    fn assigned(&mut self, assign: &Assign) {
        let ExprKind::List(targets) = self.program.kind(assign.target) else { return };
        let is_blank =
            |id: &ExprId| matches!(self.program.kind(*id), ExprKind::Name(name) if self.program.name(*name) == "_");
        let [.., last] = targets.as_slice() else { return };
        if !is_blank(last) || targets.iter().all(is_blank) {
            return;
        }
        let Some(value) = assign.value else { return };
        let Some((on, name)) = self.callee(value) else { return };
        let is_known = PACKAGES.contains(&on) && !NO_ERROR.contains(&name) || METHODS.contains(&name);
        if is_known {
            let (on, name) = (on.to_owned(), name.to_owned());
            self.hit(value, &on, &name);
        }
    }
}
