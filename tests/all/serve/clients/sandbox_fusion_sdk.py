"""The SDK of SandboxFusion: programs, files, many at a time, and answers to problems."""

import base64
import sys

import sandbox_fusion as sdk

sdk.set_endpoint(sys.argv[1])


def expect(what, found, expected):
    assert found == expected, f"{what}: {found!r} is not {expected!r}"
    print(f"{what}: {found!r}")


def run(code, **fields):
    return sdk.run_code(sdk.RunCodeRequest(code=code, language="python", **fields), max_attempts=1)


mapping = sdk.SummaryMapping(Success="ok", Failed="failed", RunTimeout="timeout", RunFailed="exit")
hello = run("print(input())", stdin="hi")
expect("run_code", (hello.status, hello.run_result.stdout, hello.run_result.return_code), ("Success", "hi\n", 0))
for code, summary in [("1", "ok"), ("1 / 0", "exit"), ("while True: pass", "timeout")]:
    expect(f"summary of {code!r}", sdk.summary_run_code_result(run(code, run_timeout=1), mapping), summary)
files = {"in.txt": base64.b64encode(b"x").decode()}
copied = run("open('out.txt', 'w').write(open('in.txt').read() * 2)", files=files, fetch_files=["out.txt"])
expect("files", base64.b64decode(copied.files["out.txt"]), b"xx")
requests = [[sdk.RunCodeRequest(code=f"print({n})", language="python")] for n in range(50)]
answers = sdk.run_concurrent(sdk.run_code, args=requests, concurrency=16)
expect("50 at a time", [int(answer.run_result.stdout) for answer in answers], list(range(50)))

config = sdk.TestConfig()
prompts = sdk.get_prompts(sdk.GetPromptsRequest(dataset="humaneval_python", config=config))
expect("prompts", [prompt.id for prompt in prompts], ["HumanEval/0"])


def submit(completion, dataset="humaneval_python", id="HumanEval/0", config=config):
    request = sdk.SubmitRequest(dataset=dataset, id=id, completion=completion, config=config)
    return sdk.submit(request, max_attempts=1)


right = submit("    return 2 * n\n")
expect("a right answer", (right.accepted, right.tests[0].exec_info.status), (True, "Success"))
wrong = submit("```python\ndef double(n):\n    return n\n```")
expect("a wrong answer", (wrong.accepted, wrong.extracted_type, wrong.tests[0].passed), (False, "fenced", False))
row = {"id": 1, "content": "Add.", "labels": {}, "test": [{"input": {"stdin": "1 2"}, "output": {"stdout": "3"}}]}
own = sdk.TestConfig(dataset_type="CommonOJDataset", language="python", provided_data=row)
sums = submit("```python\nprint(sum(map(int, input().split())))\n```", "mine", 1, own)
expect("a problem that comes along", (sums.accepted, sums.tests[0].exec_info.run_result.stdout), (True, "3\n"))
unknown = sdk.SubmitRequest(dataset="unknown", id=1, completion="", config=config)
expect("an unknown data set", sdk.submit_safe(unknown, max_attempts=1).accepted, False)
print("all as expected")
