//! Pieces of programs, and what the place of a literal in them is called.

use crate::secrets::context::{Manner, place};
use crate::secrets::literals::Literal;
use crate::secrets::span;

/// The place of the literal whose content is `@`, quotes included.
fn of(text: &str) -> Option<(&str, Manner)> {
    let at = text.find('@').expect("a mark");
    let literal = Literal { whole: span(at - 1, at + 2), content: "@", start: at, has_holes: false };
    place(text, &literal).map(|place| (place.name, place.manner))
}

#[test]
fn names_of_places_are_found() {
    use Manner::{Compared, Entry, Given, Passed, Returned};
    for (text, name, manner) in [
        ("password = '@'", "password", Given),
        ("password='@'", "password", Given),
        ("password := \"@\"", "password", Given),
        ("self.password = '@'", "password", Given),
        ("$this->password = '@';", "password", Given),
        ("config['db_password'] = '@'", "db_password", Given),
        ("password: str = '@'", "password", Given),
        ("def f(user, password: Optional[str] = '@'):", "password", Given),
        ("private readonly password: string = '@';", "password", Given),
        ("const PASSWORD: &str = \"@\";", "PASSWORD", Given),
        ("const PASSWORD: &'static str = \"@\";", "PASSWORD", Given),
        ("var dbPassword string = \"@\"", "dbPassword", Given),
        ("private static final String PASSWORD = \"@\";", "PASSWORD", Given),
        ("char password[] = \"@\";", "password", Given),
        ("const char *password = \"@\";", "password", Given),
        ("connect(host='h', password='@')", "password", Given),
        ("let key = String::from(\"@\");", "key", Given),
        ("api_key = SecretStr('@')", "api_key", Given),
        ("key: Buffer.from('@')", "key", Entry),
        ("var secret = []byte(\"@\")", "secret", Given),
        ("String secret = new String(\"@\");", "secret", Given),
        ("{'password': '@'}", "password", Entry),
        ("{ password: \"@\" }", "password", Entry),
        ("Config{Password: \"@\"}", "Password", Entry),
        ("['password' => '@']", "password", Entry),
        (":password => '@'", "password", Entry),
        ("if password == '@':", "password", Compared),
        ("if ($password !== '@')", "password", Compared),
        ("if request.form['password'] == '@':", "password", Compared),
        ("if request.form.get('password') == '@':", "password", Compared),
        ("if (user.getPassword() == \"@\")", "getPassword", Compared),
        ("if (password.equals(\"@\"))", "password", Compared),
        ("if (\"@\".equals(password))", "password", Compared),
        ("if '@' == password:", "password", Compared),
        ("if (strcmp(password, \"@\") == 0)", "password", Compared),
        ("user.setPassword(\"@\");", "Password", Passed),
        ("builder.withPassword(\"@\")", "Password", Passed),
        ("builder.password(\"@\")", "password", Passed),
        ("os.getenv('DB_PASSWORD', '@')", "DB_PASSWORD", Passed),
        ("os.environ.get(\"DB_PASSWORD\", '@')", "DB_PASSWORD", Passed),
        ("define('DB_PASSWORD', '@');", "DB_PASSWORD", Passed),
        ("process.env.JWT_SECRET || '@'", "JWT_SECRET", Given),
        ("const secret = process.env.FOO || '@'", "secret", Given),
        ("SECRET = os.environ.get('X') or '@'", "SECRET", Given),
        ("ENV['API_KEY'] || '@'", "API_KEY", Given),
        ("getenv('API_KEY') ?: '@'", "API_KEY", Given),
        ("config('SECRET_KEY', default='@')", "SECRET_KEY", Given),
        ("parser.add_argument('--password', default='@')", "--password", Given),
        ("password: str = Field(default='@')", "password", Given),
        ("def get_password():\n    return '@'", "password", Returned),
        ("requests.get(url, auth=('admin', '@'))", "password", Passed),
        ("DriverManager.getConnection(url, \"root\", \"@\")", "password", Passed),
        ("hmac.New(sha256.New, []byte(\"@\"))", "secret", Passed),
        ("cipher = AES.new(b'@', AES.MODE_GCM)", "encryption_key", Passed),
        ("MySQLdb.connect(\"localhost\", \"root\", \"@\")", "password", Passed),
        ("req.SetBasicAuth(\"admin\", \"@\")", "password", Passed),
        ("store.load(stream, \"@\".toCharArray())", "password", Passed),
        ("createCipheriv('aes', Buffer.from('@', 'hex'), iv)", "encryption_key", Passed),
        ("password = '@'.encode('utf-8')", "password", Given),
        ("secret = encoder.encode('@')", "secret", Given),
        ("user.setPassword(passwordEncoder.encode(\"@\"));", "Password", Passed),
        ("password = Password.encode('@')", "password", Given),
        ("key = base64.decode('@')", "key", Given),
        ("hmac.new('@'.encode('utf-8'), text, 'sha256')", "secret", Passed),
        ("hmac.new(bytes('@', 'utf-8'), text, 'sha256')", "secret", Passed),
        ("port = read('PORT')\npassword = read('X') or '@'", "password", Given),
        ("{'port': read('PORT'), 'password': read('X') or '@'}", "password", Given),
        ("connect(port, password = read('X', 1) or '@')", "password", Given),
        ("password = str(read('X') or '@')", "password", Given),
        ("password = (read('X') or '@')", "password", Given),
        ("port = 1, password = read('a, b') || '@'", "password", Given),
        ("if port: password: str = '@'", "password", Given),
        ("String getApiKey() { return \"@\"; }", "ApiKey", Returned),
    ] {
        assert_eq!(of(text), Some((name, manner)), "{text}");
    }
}

#[test]
fn other_places_have_no_name() {
    for text in [
        "'@'",
        "print('@')",
        "get_secret('@')",
        "password += '@'",
        "password = os.getenv('@')",
        "password = input('@')",
        "t('password', '@')",
        "assertEqual('token', '@')",
        "x = foo(bar, '@')",
        "['password', '@']",
        "hash_password('@')",
        "password_bytes = password.encode('@')",
        "password_bytes = self._password.encode('@', 'strict')",
        "password_bytes = PASSWORD.encode('@')",
        "connect(password=secret.encode('@'))",
        "hmac.new(password.encode('@'), b'x', 'sha256')",
        "requests.get(url, auth=(user, password.encode('@')))",
        "password = secret.decode('@')",
        "password = hashlib.new('@', text)",
        "secret_key = OpenSSL::Cipher.new('@').random_key",
        "password.split('@')",
        "password = secret.strip('@')",
        "password = open(password_file, '@').read()",
        "password = read('PASSWORD')\nport = read('PORT') or '@'",
        "password = read('PASSWORD')\nport = '@'",
        "password = read('PASSWORD')\n  port ||= '@'",
        "password = env['PASSWORD']\nport = '@'",
        "token = password\nport = read('PORT') ?? '@'",
        "password = read('PASSWORD'), port = read('PORT') || '@'",
        "{'password': read('PASSWORD'), 'port': read('PORT') or '@'}",
        "use({ password: read('PASSWORD'), port: read('PORT') ?? '@' })",
        "if password: port = '@'",
        "if read('PASSWORD'): port = read('PORT') or '@'",
        "if (has('PASSWORD')) port = '@';",
        "if (has['PASSWORD']) port = has['PORT'] || '@';",
        "switch (name) { case 'password': port = '@'; }",
        "switch (name) { case Kind::Password: port = '@'; }",
        "local password port='@'",
        "login('@', password)",
        "DriverManager.getConnection(url, \"@\", password)",
        "store.load(stream, \"@\")",
    ] {
        assert_eq!(of(text).filter(|(name, _)| crate::secrets::names::promise(name).is_some()), None, "{text}");
    }
}
