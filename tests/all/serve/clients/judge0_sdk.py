"""Judge0's own SDK: runs, test cases, files, and batches."""

import base64
import sys

import judge0

client = judge0.Client(sys.argv[1], {})


def expect(what, found, expected):
    assert found == expected, f"{what}: {found!r} is not {expected!r}"
    print(f"{what}: {found!r}")


def run(source, **fields):
    return judge0.run(client=client, source_code=source, language=judge0.PYTHON, **fields)


expect("version", client.version, "1.13.1")
expect("language", client.get_language(71).name, "Python (3.14.0)")
hello = run("print(input())", stdin="hi")
expect("run", (hello.stdout, hello.status, hello.exit_code), ("hi\n", judge0.Status.ACCEPTED, 0))
assert 0 <= hello.time < 0.1, hello.time
assert hello.created_at <= hello.finished_at, hello
failed = run("1 / 0")
# The SDK leaves the message in the base64 that Judge0 writes it in.
said = base64.b64decode(failed.message).decode()
expect("exception", (failed.status, said), (judge0.Status.RUNTIME_ERROR_NZEC, "Exited with error status 1"))
assert failed.stderr.rstrip().endswith("ZeroDivisionError: division by zero"), failed.stderr
endless = run("while True: pass", cpu_time_limit=1)
expect("timeout", endless.status, judge0.Status.TIME_LIMIT_EXCEEDED)
cases = [judge0.TestCase("1 2", "3"), judge0.TestCase("3 4", "7\n"), judge0.TestCase("5 5", "11")]
tested = run("print(sum(map(int, input().split())))", test_cases=cases)
statuses = [submission.status for submission in tested]
expect("test cases", statuses, [judge0.Status.ACCEPTED, judge0.Status.ACCEPTED, judge0.Status.WRONG_ANSWER])
files = judge0.Filesystem(content=[judge0.File(name="helper.py", content="x = 7")])
expect("files", run("import helper; print(helper.x)", additional_files=files).stdout, "7\n")
arguments = run("import sys; print(sys.argv[1:])", command_line_arguments="a 'b c'")
expect("arguments", arguments.stdout, "['a', 'b c']\n")
many = [judge0.Submission(source_code=f"print({n})", language=judge0.PYTHON) for n in range(45)]
done = judge0.run(client=client, submissions=many)
expect("45 in batches of 20", [int(submission.stdout) for submission in done], list(range(45)))
print("all as expected")
